/* How far answers have come: told to the server as delivered or read, and to the page as a number of those that wait. */
export function ticks(call, screen, wait) {
  let told = { delivered: 0, read: 0 };

  function tell(how, newest) {
    const before = told;
    told = how === "read" ? { delivered: newest, read: newest } : { ...told, delivered: newest };
    const again = () => (told = before); // with the next line, or the next look
    const headers = { "content-type": "application/json" };
    call("POST", "receipts", { body: JSON.stringify({ [how]: newest }), headers }).then((reply) => reply.ok || again(), again);
  }

  return {
    /** Counts what is on the screen; `isSeen` where somebody looks at it. */
    take(isSeen) {
      const theirs = screen.entries().filter((entry) => !entry.mine);
      const newest = Math.max(0, ...theirs.map((entry) => entry.seq));
      if (!isSeen) wait(theirs.filter((entry) => entry.status !== "read" && entry.seq > told.read).length);
      const how = isSeen ? "read" : "delivered";
      if (newest > told[how]) tell(how, newest);
    },
    forget() {
      told = { delivered: 0, read: 0 };
    },
  };
}
