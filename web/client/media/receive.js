// @ts-check
/** What a watching connection asks for: one picture and its sound, and when each was captured. */

const CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';

/** Ask for the capture time of every picture, where the browser lets us. @param {RTCRtpTransceiver} transceiver */
function askCaptureTime(transceiver) {
  const able = /** @type {any} */ (transceiver);
  if (typeof able.getHeaderExtensionsToNegotiate !== 'function') return;
  const extensions = able.getHeaderExtensionsToNegotiate();
  for (const extension of extensions) if (extension.uri === CAPTURE_TIME) extension.direction = 'sendrecv';
  able.setHeaderExtensionsToNegotiate(extensions);
}

/** @param {RTCPeerConnection} connection */
export function receive(connection) {
  askCaptureTime(connection.addTransceiver('video', { direction: 'recvonly' }));
  connection.addTransceiver('audio', { direction: 'recvonly' });
}
