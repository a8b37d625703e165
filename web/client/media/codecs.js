// @ts-check
/** PURE. Which codec we would like to send. */

/** @typedef {{mimeType: string, sdpFmtpLine?: string}} Codec */

/** Lower is better: constrained baseline, baseline, other H.264, anything else. @param {Codec} codec */
function rank(codec) {
  if (codec.mimeType.toLowerCase() !== 'video/h264') return 4;
  const line = codec.sdpFmtpLine ?? '';
  if (!/packetization-mode=1/.test(line)) return 3;
  if (/profile-level-id=42e0/i.test(line)) return 0;
  return /profile-level-id=42/i.test(line) ? 1 : 2;
}

/**
 * The same codecs, H.264 constrained baseline in packetization mode 1 first: the server forwards nothing else.
 * @template {Codec} C
 * @param {readonly C[]} codecs
 * @returns {C[]}
 */
export function h264First(codecs) {
  return [...codecs].sort((one, other) => rank(one) - rank(other));
}
