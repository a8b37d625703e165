// @ts-check
/** PURE. Which of the live rooms the reader looks for: by words of title and host, in any script, and of whom he follows. */

/** @typedef {{title: string, host: {user: string, name: string}}} Found */

/** Text as it is compared: without case, accents or full-width forms. @param {string} text */
export function folded(text) {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
}

/** Whether each word of `query` is in the title or in the name of the host. @param {Found} room @param {string} query */
export function matches(room, query) {
  const read = `${folded(room.title)}\n${folded(room.host.name)}`;
  return folded(query)
    .split(/\s+/)
    .every((word) => read.includes(word));
}

/**
 * The rooms that match, in their order; with `followed` only of these hosts.
 * @template {Found} R
 * @param {R[]} rooms
 * @param {string} query
 * @param {ReadonlySet<string> | null} followed
 * @returns {R[]}
 */
export function chosen(rooms, query, followed = null) {
  return rooms.filter((room) => (followed === null || followed.has(room.host.user)) && matches(room, query));
}
