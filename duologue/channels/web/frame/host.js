/* The page around the frame. It is heard only if it is our parent and stands on a listed website; it is told nothing
   but "close me" and a number. */
export function host(origins, heard) {
  let page = null;
  const parent = window.parent === window ? null : window.parent;

  const covers = (place, origin) => {
    const [scheme, name] = place.split("://*.");
    return name ? origin.startsWith(`${scheme}://`) && origin.endsWith(`.${name}`) : place === origin;
  };
  const isListed = (origin) => origin === location.origin || origins.some((place) => covers(place, origin));

  addEventListener("message", ({ source, origin, data }) => {
    if (!parent || source !== parent || !isListed(origin) || data?.duologue !== 1) return;
    page = origin;
    heard(data);
  });
  return {
    isThere: Boolean(parent),
    tell: (kind, more = {}) => page && parent.postMessage({ duologue: 1, kind, ...more }, page),
  };
}
