// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentOf } from '../me/agent.js';

test('a sign-in is called what people call their browser and device', () => {
  const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
  const cases = /** @type {const} */ ([
    [chrome, 'Chrome', 'Windows'],
    [`${chrome} Edg/131.0.0.0`, 'Edge', 'Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox', 'Linux'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1', 'Safari', 'iPhone'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', 'Safari', 'macOS'],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36', 'Chrome', 'Android'],
  ]);
  for (const [agent, browser, system] of cases) assert.deepEqual(agentOf(agent), { browser, system });
});

test('a program that is no browser is called what it calls itself, shortly', () => {
  assert.deepEqual(agentOf(' curl/8.5.0 '), { browser: 'curl/8.5.0', system: null });
  assert.equal(agentOf('x'.repeat(200))?.browser.length, 40);
  assert.equal(agentOf(' '), null);
});
