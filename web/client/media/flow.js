// @ts-check
/** Whether anything still comes from the server: a killed worker says no farewell, and ICE takes half a minute to see it. */

const LOOK_MS = 500;
const SILENT_LOOKS = 4;

/** Bytes received so far, reports and feedback included where the browser counts them; null: it does not say. @param {RTCPeerConnection} connection */
async function received(connection) {
  /** @type {number | null} */
  let transport = null;
  /** @type {number | null} */
  let media = null;
  (await connection.getStats()).forEach((/** @type {any} */ each) => {
    if (each.type === 'transport' && each.bytesReceived !== undefined) transport = (transport ?? 0) + each.bytesReceived;
    if (each.type === 'inbound-rtp') media = (media ?? 0) + (each.bytesReceived ?? 0);
  });
  return transport ?? media;
}

/** Looks twice a second, and counts looks, not time: a page that slept has missed nothing. */
export class Flow {
  /**
   * @param {RTCPeerConnection} connection
   * @param {() => void} onFlow something has come since the last look
   * @param {() => void} onSilence nothing for two seconds; told again after two more
   */
  constructor(connection, onFlow, onSilence) {
    this.connection = connection;
    this.onFlow = onFlow;
    this.onSilence = onSilence;
    this.bytes = -1;
    this.silent = 0;
    this.stopped = false;
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  async look() {
    const bytes = await received(this.connection).catch(() => null);
    if (bytes === null || this.stopped) return;
    if (bytes > this.bytes) {
      this.bytes = bytes;
      this.silent = 0;
      this.onFlow();
      return;
    }
    this.silent += 1;
    if (this.silent % SILENT_LOOKS === 0) this.onSilence();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
  }
}
