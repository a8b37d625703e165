// @ts-check
/** Listens to a microphone for its owner: how loud it is, and whether it is silent. Nothing of it leaves the page. */
import { signal } from '../vendor/signals-core.js';
import { decibels, Ear, share } from './level.js';

const LOOK_MS = 100;
const STEPS = 20;

/** `listen` to a stream, `stop` before the next one. */
export class Microphone {
  constructor() {
    /** From 0 to 1, in steps: a meter that stands still draws nothing. */
    this.level = signal(0);
    this.silent = signal(false);
    /** Whether it has been heard since it was opened. */
    this.heard = signal(false);
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    this.waiting = new AbortController();
  }

  /** As soon as the person has touched the page: before, browsers let no sound through. @param {MediaStream} stream */
  listen(stream) {
    this.stop();
    if (navigator.userActivation?.hasBeenActive !== false) return this.begin(stream);
    const { signal } = (this.waiting = new AbortController());
    for (const touch of ['click', 'keydown']) addEventListener(touch, () => this.listen(stream), { signal, capture: true });
  }

  /** @param {MediaStream} stream */
  begin(stream) {
    const [track] = stream.getAudioTracks();
    if (track === undefined) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    context.resume().catch((error) => console.debug('the meter waits for a touch', error));
    const samples = new Float32Array(analyser.fftSize);
    const ear = new Ear();
    this.context = context;
    this.timer = setInterval(() => {
      if (context.state !== 'running') return;
      analyser.getFloatTimeDomainData(samples);
      const db = decibels(samples);
      this.silent.value = ear.listen(performance.now(), db, track.enabled);
      this.heard.value = ear.heard;
      this.level.value = Math.round(share(db) * STEPS) / STEPS;
    }, LOOK_MS);
  }

  stop() {
    this.waiting.abort();
    clearInterval(this.timer);
    this.context?.close().catch((error) => console.debug('closed before', error));
    this.context = null;
    this.level.value = 0;
    this.silent.value = false;
    this.heard.value = false;
  }
}
