// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ffmpegLine } from '../studio/encoder_settings.js';

test('the line for FFmpeg sends what WHIP takes here, with the key to the address', () => {
  const line = ffmpegLine('https://ring.side/whip/01ABC', 'rk_1');
  for (const part of ['-profile:v baseline', '-bf 0', '-g 60', '-c:a libopus', '-ar 48000']) assert.ok(line.includes(` ${part} `), part);
  assert.ok(line.endsWith(' -f whip -authorization rk_1 https://ring.side/whip/01ABC'));
});
