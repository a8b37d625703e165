// @ts-check
/** Camera and microphone, and in a word why there are none. */

const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/**
 * @param {MediaTrackConstraints | false} video false: the microphone only
 * @returns {Promise<{stream: MediaStream, problem: null} | {stream: null, problem: 'insecure' | 'denied' | 'none' | 'busy'}>}
 */
export async function askDevices(video) {
  if (!navigator.mediaDevices) return { stream: null, problem: 'insecure' };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ video, audio: VOICE }), problem: null };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    return { stream: null, problem: name === 'NotAllowedError' ? 'denied' : name === 'NotFoundError' ? 'none' : 'busy' };
  }
}
