/* What this device remembers for one chat. Where the browser denies a frame its storage, memory serves until reload. */
export function keep(channel) {
  const prefix = `duologue:${channel}:`;
  const memory = new Map();
  let disk = null;
  try {
    disk = window.localStorage;
    disk.getItem(prefix);
  } catch {
    disk = null;
  }
  const read = (key) => memory.get(key) ?? disk?.getItem(prefix + key) ?? null;
  return {
    get(key) {
      try {
        return JSON.parse(read(key));
      } catch {
        return null; // not ours, or cut off half-way: as if it were not there
      }
    },
    set(key, value) {
      const text = JSON.stringify(value);
      memory.delete(key);
      try {
        if (!disk) throw new Error("no disk");
        disk.setItem(prefix + key, text);
      } catch {
        memory.set(key, text); // full or denied
      }
    },
    drop(key) {
      memory.delete(key);
      disk?.removeItem(prefix + key);
    },
    keys(start) {
      const onDisk = disk ? Object.keys(disk).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)) : [];
      return [...new Set([...onDisk, ...memory.keys()])].filter((key) => key.startsWith(start)).sort();
    },
  };
}
