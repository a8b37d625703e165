// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Asking } from '../lobby/asking.js';

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

const settle = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

function asks() {
  /** @type {{done: (answer: string) => void, fail: (error: Error) => void}[]} */
  const questions = [];
  /** @type {string[]} */
  const told = [];
  const asking = new Asking({
    ask: () => new Promise((done, fail) => questions.push({ done, fail })),
    everyMs: 3_000,
    onAnswer: (answer) => told.push(String(answer)),
    onError: (error) => told.push(/** @type {Error} */ (error).message),
    random: () => 0.5,
  });
  asking.go();
  /** @param {number} ms how long until the next question, that much is expected */
  const next = async (ms) => {
    const before = questions.length;
    await settle();
    mock.timers.tick(ms - 1);
    assert.equal(questions.length, before);
    mock.timers.tick(1);
    assert.equal(questions.length, before + 1);
  };
  return { asking, questions, told, next };
}

test('nothing is asked before the last answer has come, however often it is wished', async () => {
  const { asking, questions, told, next } = asks();
  mock.timers.tick(60_000);
  asking.go();
  assert.equal(questions.length, 1);
  questions[0].done('a');
  await next(3_000);
  assert.deepEqual(told, ['a']);
});

test('a server that fails is asked less and less often, and as before once it answers', async () => {
  const { questions, told, next } = asks();
  for (const wait of [2_250, 4_500, 9_000]) {
    questions.at(-1)?.fail(new Error('no'));
    await next(wait);
  }
  questions.at(-1)?.done('a');
  await next(3_000);
  assert.deepEqual(told, ['no', 'no', 'no', 'a']);
});

test('who wishes it is answered at once also in a long pause', async () => {
  const { asking, questions } = asks();
  questions[0].fail(new Error('no'));
  await settle();
  asking.go();
  assert.equal(questions.length, 2);
});

test('while nobody looks nothing is asked or told', async () => {
  const { asking, questions, told } = asks();
  asking.rest();
  questions[0].done('late');
  await settle();
  mock.timers.tick(60_000);
  assert.deepEqual([told, questions.length], [[], 1]);
  asking.go();
  assert.equal(questions.length, 2);
});
