// @ts-check
/** PURE. What a publishing connection sends and how it arrives, from two looks at its own statistics. */

/**
 * One look. What a browser does not say is null.
 * @typedef {object} Look
 * @property {number} atMs
 * @property {number} bytes sent of all media
 * @property {number} packets
 * @property {number} lost of them, as the server says
 * @property {number} frames encoded of the largest picture
 * @property {number | null} availableBps what the browser believes the uplink to bear
 * @property {number | null} targetBps what the encoders aim at
 * @property {number | null} rttMs
 * @property {string | null} limitation what keeps the picture small or slow: `none`, `cpu`, `bandwidth`, `other`
 */

/**
 * @typedef {object} Sent
 * @property {number} bps sent
 * @property {number} loss share of the packets, from 0 to 1
 * @property {number} fps
 * @property {number | null} availableBps
 * @property {number | null} targetBps
 * @property {number | null} rttMs
 * @property {string | null} limitation
 */

/** The worst of some encodings' reasons. */
const LIMITS = ['cpu', 'bandwidth', 'other', 'none'];

/** @param {(number | undefined)[]} values @returns {number | null} */
function total(values) {
  const known = values.filter((each) => each !== undefined);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
}

/** The pair of addresses that media take: several may be nominated. Firefox does not name it. @param {any[]} all */
function used(all) {
  const pairs = all.filter(({ type, state }) => type === 'candidate-pair' && state === 'succeeded');
  const named = all.find(({ selectedCandidatePairId }) => selectedCandidatePairId)?.selectedCandidatePairId;
  return pairs.find(({ id }) => id !== undefined && id === named) ?? pairs.find(({ nominated }) => nominated);
}

/** @param {Iterable<any>} entries of `getStats` @param {number} atMs @returns {Look} */
export function look(entries, atMs) {
  const all = [...entries];
  const out = all.filter(({ type }) => type === 'outbound-rtp');
  const pictures = out.filter(({ kind }) => kind === 'video');
  const reports = all.filter(({ type }) => type === 'remote-inbound-rtp');
  const pair = used(all);
  const seconds = pair?.currentRoundTripTime ?? reports.find(({ roundTripTime }) => roundTripTime !== undefined)?.roundTripTime;
  const reasons = pictures.map(({ qualityLimitationReason }) => qualityLimitationReason);
  return {
    atMs,
    bytes: total(out.map(({ bytesSent }) => bytesSent)) ?? 0,
    packets: total(out.map(({ packetsSent }) => packetsSent)) ?? 0,
    lost: total(reports.map(({ packetsLost }) => packetsLost)) ?? 0,
    frames: Math.max(0, ...pictures.map(({ framesEncoded }) => framesEncoded ?? 0)),
    availableBps: pair?.availableOutgoingBitrate ?? null,
    targetBps: total(pictures.map(({ targetBitrate }) => targetBitrate)),
    rttMs: seconds === undefined ? null : Math.round(seconds * 1000),
    limitation: LIMITS.find((reason) => reasons.includes(reason)) ?? null,
  };
}

/** What happened between two looks. @param {Look} before @param {Look} after @returns {Sent} */
export function between(before, after) {
  const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1000);
  const packets = after.packets - before.packets;
  // A report may take a loss back: what came late has come.
  const lost = Math.max(0, after.lost - before.lost);
  return {
    bps: (Math.max(0, after.bytes - before.bytes) * 8) / seconds,
    loss: packets > 0 ? Math.min(1, lost / packets) : 0,
    fps: Math.max(0, after.frames - before.frames) / seconds,
    availableBps: after.availableBps,
    targetBps: after.targetBps,
    rttMs: after.rttMs,
    limitation: after.limitation,
  };
}

/** @param {RTCPeerConnection} connection @returns {Promise<Look>} */
export async function lookAt(connection) {
  /** @type {any[]} */
  const entries = [];
  (await connection.getStats()).forEach((each) => entries.push(each));
  return look(entries, performance.now());
}
