// @ts-check
/**
 * A host's uplink that is better again: finds it out at once, where a browser alone takes up to a minute.
 *
 * Chromium raises an estimate that has fallen by 8 % a second, and probes for more only while the application sends less
 * than it may and then wishes for more (libwebrtc's ProbeController). So while the picture gets far less than it could
 * use and the link is quiet, we let it send little for a moment and then ask for everything: a few packets tell how much
 * the link bears. On a link that is really poor this fails and costs a moment of a
 * poorer picture, so it is done when the estimate has begun to rise, and without that sign less and less often.
 */

const LOOK_MS = 500;
/** Below this share of what we would send, the uplink is what limits us. */
const POOR = 0.6;
/** Losses say that the link is full: wait until there have been none for so long. */
const QUIET_MS = 1_500;
/** More, by this factor, than it was between so long ago and so long ago: the link has become better. */
const BETTER = 1.08;
const REMEMBERED_MS = 5_000;
const LATELY_MS = 1_500;
const LEAST_WAIT_MS = 2_000;
const MOST_WAIT_MS = 60_000;
/** In a step back to this share, for so long, the browser sees that we send less than we may. */
const STEP_BACK = 0.25;
const STEP_BACK_MS = 700;
const LEAST_BPS = 50_000;

/** PURE. When to ask for more: as soon as the link has become better, and now and then without a sign. */
export class Patience {
  constructor() {
    this.waitMs = LEAST_WAIT_MS;
    /** @type {number | null} since when the uplink has been poor, or was last asked for more */
    this.sinceMs = null;
    this.lossMs = -Infinity;
    /** @type {{atMs: number, bps: number}[]} */
    this.remembered = [];
  }

  /**
   * Whether to ask now.
   * @param {number} nowMs
   * @param {number} bps what the browser aims at
   * @param {number} wishedBps what we would send
   * @param {boolean} lossy whether losses were reported since the last look
   */
  look(nowMs, bps, wishedBps, lossy) {
    if (lossy) this.lossMs = nowMs;
    this.remembered = this.remembered.filter(({ atMs }) => nowMs - atMs <= REMEMBERED_MS);
    const before = this.remembered.filter(({ atMs }) => nowMs - atMs >= LATELY_MS);
    const best = before.length ? Math.max(...before.map((each) => each.bps)) : Infinity;
    this.remembered.push({ atMs: nowMs, bps });
    if (bps >= POOR * wishedBps) {
      this.sinceMs = null;
      this.waitMs = LEAST_WAIT_MS;
      return false;
    }
    this.sinceMs ??= nowMs;
    const waited = nowMs - this.sinceMs;
    const better = waited >= LEAST_WAIT_MS && bps > BETTER * best;
    if (nowMs - this.lossMs < QUIET_MS || !(better || waited >= this.waitMs)) return false;
    this.sinceMs = nowMs;
    this.waitMs = Math.min(MOST_WAIT_MS, 2 * this.waitMs);
    return true;
  }
}

/** @param {RTCPeerConnection} connection @returns {RTCRtpSender | undefined} */
function pictures(connection) {
  return connection.getSenders().find(({ track }) => track?.kind === 'video');
}

/** What a page sends, and what it is told of losses. @param {RTCPeerConnection} connection */
async function looked(connection) {
  /** @type {Map<string, number>} by rid */
  const targets = new Map();
  let lost = 0;
  (await connection.getStats()).forEach((/** @type {any} */ each) => {
    if (each.kind !== 'video') return;
    if (each.type === 'outbound-rtp' && each.targetBitrate !== undefined) targets.set(each.rid ?? '', each.targetBitrate);
    if (each.type === 'remote-inbound-rtp') lost += each.packetsLost ?? 0;
  });
  return { targets, lost };
}

/** Watches a publishing connection and asks for more when it may be had; `stop` it with the connection. */
export class Uplink {
  /** @param {RTCPeerConnection} connection */
  constructor(connection) {
    this.connection = connection;
    this.patience = new Patience();
    this.lost = 0;
    this.asking = false;
    this.stopped = false;
    this.timer = setInterval(() => void this.look().catch((error) => console.debug('the uplink was not looked at', error)), LOOK_MS);
  }

  async look() {
    const sender = pictures(this.connection);
    if (this.asking || sender === undefined) return;
    const { targets, lost } = await looked(this.connection);
    const wished = sender.getParameters().encodings.reduce((sum, { maxBitrate = 0 }) => sum + maxBitrate, 0);
    const aimed = [...targets.values()].reduce((sum, each) => sum + each, 0);
    const lossy = lost > this.lost;
    this.lost = lost;
    // Firefox and Safari do not say what they aim at.
    if (this.stopped || !aimed || !wished || !this.patience.look(performance.now(), aimed, wished, lossy)) return;
    this.asking = true;
    await this.ask(sender, targets).finally(() => (this.asking = false));
  }

  /** @param {RTCRtpSender} sender @param {Map<string, number>} targets */
  async ask(sender, targets) {
    const wished = sender.getParameters().encodings.map(({ maxBitrate }) => maxBitrate);
    await limit(sender, (encoding, place) => {
      const target = targets.get(encoding.rid ?? '') ?? 0;
      return target ? Math.max(LEAST_BPS, target * STEP_BACK) : wished[place];
    });
    await new Promise((done) => setTimeout(done, STEP_BACK_MS));
    if (!this.stopped) await limit(sender, (_encoding, place) => wished[place]);
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
  }
}

/** @param {RTCRtpSender} sender @param {(encoding: RTCRtpEncodingParameters, place: number) => number | undefined} most bits a second */
async function limit(sender, most) {
  const parameters = sender.getParameters();
  const encodings = parameters.encodings.map((each, place) => ({ ...each, maxBitrate: most(each, place) }));
  await sender.setParameters(/** @type {any} */ ({ ...parameters, encodings, degradationPreference: 'maintain-resolution' }));
}
