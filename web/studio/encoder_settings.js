// @ts-check
/** What an encoder must be told so that it can publish here. */

export const KEYFRAME_S = 2;
export const KBIT_S = 2500;
const FRAMES_S = 30;

/**
 * A line for a shell that sends a file, as it is played; `key` stands in it as it is.
 * @param {string} address @param {string} key
 */
export function ffmpegLine(address, key) {
  const picture = `-c:v libx264 -profile:v baseline -pix_fmt yuv420p -bf 0 -r ${FRAMES_S} -g ${KEYFRAME_S * FRAMES_S} -b:v ${KBIT_S}k`;
  return `ffmpeg -re -i video.mp4 ${picture} -c:a libopus -ar 48000 -ac 2 -f whip -authorization ${key} ${address}`;
}
