// @ts-check
/** PURE. In which sizes, and how richly, a host's camera is sent. */

/** @typedef {{rid?: string, scaleResolutionDownBy?: number, maxBitrate: number, maxFramerate: number}} VideoEncoding */

export const MOST_VIDEO_BPS = 2_500_000;
export const MOST_SMALL_VIDEO_BPS = 600_000;
export const MOST_AUDIO_BPS = 64_000;
const MOST_FRAMES = 30;
// Below it one encoder more takes from the machine what the first one needs.
const CORES_FOR_TWO = 4;

/** Whether a machine with so many logical processors bears two encoders. @param {number | undefined} cores */
export function bearsSimulcast(cores) {
  return (cores ?? 1) >= CORES_FOR_TWO;
}

/**
 * One encoding, or two: viewers with poor links get the small one. The small one comes first because Chromium gives an
 * uplink that falters to the first encodings and turns off the last.
 * @param {boolean} simulcast
 * @returns {VideoEncoding[]}
 */
export function videoEncodings(simulcast) {
  const full = { maxBitrate: MOST_VIDEO_BPS, maxFramerate: MOST_FRAMES };
  if (!simulcast) return [full];
  const half = { maxBitrate: MOST_SMALL_VIDEO_BPS, maxFramerate: MOST_FRAMES, scaleResolutionDownBy: 2 };
  return [{ rid: 'half', ...half }, { rid: 'full', scaleResolutionDownBy: 1, ...full }];
}
