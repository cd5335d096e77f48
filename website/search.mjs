// How the search of the site ranks what it finds: options of MiniSearch, for the page and for the test of it.

/** The lecture comes before what has the same words. */
export const searchOptions = {
  fuzzy: 0.2,
  prefix: true,
  boost: { title: 4, text: 2, titles: 1 },
  boostDocument: (/** @type {string} */ id) => (id.startsWith("/lecture/") ? 3 : 1),
};
