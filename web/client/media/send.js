// @ts-check
/** What is sent of a camera and a microphone, by which codec and how richly. */
import { h264First } from './codecs.js';
import { MOST_AUDIO_BPS, videoEncodings } from './encodings.js';

/** @param {RTCPeerConnection} connection @param {MediaStream} stream @param {boolean} simulcast the picture in two sizes */
export async function send(connection, stream, simulcast) {
  for (const track of stream.getTracks()) {
    const video = track.kind === 'video';
    const sendEncodings = video ? videoEncodings(simulcast) : [{ maxBitrate: MOST_AUDIO_BPS }];
    const transceiver = connection.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings });
    if (!video) continue;
    const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
    transceiver.setCodecPreferences(h264First(codecs));
    track.contentHint ||= 'motion';
    // Without it Chromium halves the picture when the uplink falters, and the composite with it.
    const parameters = transceiver.sender.getParameters();
    await transceiver.sender.setParameters(/** @type {any} */ ({ ...parameters, degradationPreference: 'maintain-resolution' }));
  }
}
