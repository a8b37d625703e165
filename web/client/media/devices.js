// @ts-check
/** Camera and microphone, and in a word why there are none. */

const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** A microphone for a voice; `device`: its constraint, if it matters which. @param {ConstrainDOMString} [device] @returns {MediaTrackConstraints} */
export function voice(device) {
  return device === undefined ? VOICE : { ...VOICE, deviceId: device };
}

/**
 * @param {MediaTrackConstraints | false} video false: the microphone only
 * @param {MediaTrackConstraints} [audio]
 * @returns {Promise<{stream: MediaStream, problem: null} | {stream: null, problem: 'insecure' | 'denied' | 'none' | 'busy'}>}
 */
export async function askDevices(video, audio = VOICE) {
  if (!navigator.mediaDevices) return { stream: null, problem: 'insecure' };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ video, audio }), problem: null };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    return { stream: null, problem: name === 'NotAllowedError' ? 'denied' : name === 'NotFoundError' ? 'none' : 'busy' };
  }
}
