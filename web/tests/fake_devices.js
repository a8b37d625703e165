// @ts-check
/** Camera and microphone for modules that are tested outside a browser. */

export class FakeTrack {
  enabled = true;
  readyState = 'live';
  label = '';
  /** @type {(() => void) | null} */
  onended = null;

  /** @param {'audio' | 'video'} kind */
  constructor(kind) {
    this.kind = kind;
  }

  getSettings() {
    return {};
  }

  stop() {
    this.readyState = 'ended';
  }
}

export class FakeStream {
  /** @param {FakeTrack[]} [tracks] */
  constructor(tracks = []) {
    this.tracks = tracks;
  }

  getTracks() {
    return [...this.tracks];
  }

  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }

  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
}

/** As much of a browser as who opens devices needs; `navigator.mediaDevices.getUserMedia` is the test's. */
export function usesDevices() {
  const mediaDevices = { addEventListener() {}, removeEventListener() {}, enumerateDevices: async () => [] };
  const navigator = { hardwareConcurrency: 2, mediaDevices, userActivation: { hasBeenActive: false } };
  const kept = { getItem: () => null, setItem() {}, removeItem() {} };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  Object.assign(globalThis, { window: globalThis, addEventListener() {}, removeEventListener() {}, localStorage: kept, MediaStream: FakeStream });
}
