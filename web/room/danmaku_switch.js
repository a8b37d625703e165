// @ts-check
/** Whether what is said flies over the picture: off until a reader wants it, and remembered on his device. */
import { signal } from '../vendor/signals-core.js';

const STORED = 'ringside.danmaku';

export const danmakuOn = signal(localStorage.getItem(STORED) === 'on');

export function switchDanmaku() {
  danmakuOn.value = !danmakuOn.value;
  localStorage.setItem(STORED, danmakuOn.value ? 'on' : 'off');
}
