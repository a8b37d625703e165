// @ts-check
/** What is sent of a camera and a microphone, by which codec and how richly. */
import { h264First } from './codecs.js';
import { MOST_AUDIO_BPS, videoEncodings } from './encodings.js';

/**
 * All of it is there to be replaced as soon as this is called, before it is done.
 * @param {RTCPeerConnection} connection
 * @param {MediaStream} stream
 * @param {boolean} simulcast the picture in two sizes
 */
export async function send(connection, stream, simulcast) {
  await Promise.all(stream.getTracks().map((track) => (track.kind === 'video' ? sendPicture(connection, stream, track, simulcast) : sendSound(connection, stream, track))));
}

/** @param {RTCPeerConnection} connection @param {MediaStream} stream @param {MediaStreamTrack} track */
function sendSound(connection, stream, track) {
  connection.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: [{ maxBitrate: MOST_AUDIO_BPS }] });
}

/** @param {RTCPeerConnection} connection @param {MediaStream} stream @param {MediaStreamTrack} track @param {boolean} simulcast */
async function sendPicture(connection, stream, track, simulcast) {
  const transceiver = connection.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: videoEncodings(simulcast) });
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  transceiver.setCodecPreferences(h264First(codecs));
  track.contentHint ||= 'motion';
  // Without it Chromium halves the picture when the uplink falters, and the composite with it.
  const parameters = transceiver.sender.getParameters();
  await transceiver.sender.setParameters(/** @type {any} */ ({ ...parameters, degradationPreference: 'maintain-resolution' }));
}
