// @ts-check
/** PURE. Which camera and microphone a host uses: what he can choose from, what he chose before, what has come and gone. */

/** @typedef {'videoinput' | 'audioinput'} DeviceKind */
/** @typedef {{id: string, label: string}} Device */
/** @typedef {{kind: string, deviceId: string, label: string}} Found as `enumerateDevices` says it */
/** @typedef {{videoinput: Device | null, audioinput: Device | null, mirror: boolean, small: boolean}} Remembered */

/** @type {Remembered} */
export const NOTHING = { videoinput: null, audioinput: null, mirror: true, small: false };

/** Windows lists the same microphone a second time for calls. */
const TWICE = 'communications';

/** Before the person has allowed it, devices have no names, and cannot be chosen. @param {readonly Found[]} found @param {DeviceKind} kind @returns {Device[]} */
export function choices(found, kind) {
  return found.filter((each) => each.kind === kind && each.deviceId !== '' && each.deviceId !== TWICE).map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** A browser that forgets its sites gives a device another id; its name stays. @param {readonly Device[]} there @param {Device | null} wanted */
export function again(there, wanted) {
  if (wanted === null) return null;
  return there.find(({ id }) => id === wanted.id) ?? there.find(({ label }) => label !== '' && label === wanted.label) ?? null;
}

/** What stands in one list and not in the other. @param {readonly Device[]} before @param {readonly Device[]} after */
export function difference(before, after) {
  const missing = (/** @type {readonly Device[]} */ from, /** @type {readonly Device[]} */ other) => from.filter(({ id }) => !other.some((each) => each.id === id));
  // Names that were not allowed to be read are no news.
  return before.length === 0 ? { come: [], gone: [] } : { come: missing(after, before), gone: missing(before, after) };
}

/** @param {unknown} value @returns {Device | null} */
function device(value) {
  const said = /** @type {Partial<Device> | null} */ (value);
  return typeof said?.id === 'string' && typeof said.label === 'string' ? { id: said.id, label: said.label } : null;
}

/** What the browser has kept for us; whatever else it is counts for nothing. @param {string | null} text @returns {Remembered} */
export function recalled(text) {
  try {
    const said = JSON.parse(text ?? '{}') ?? {};
    return { videoinput: device(said.videoinput), audioinput: device(said.audioinput), mirror: said.mirror !== false, small: said.small === true };
  } catch {
    return NOTHING;
  }
}
