// @ts-check
/** The studio says what it understands of battles, so that nobody is invited to one that his page cannot show. */

/** Sides with members: up to four of up to two hosts. */
const UNDERSTANDS = 2;
const USUALLY_AGAIN_S = 20;

/**
 * Say it now and again and again, while the feed is open. @param {import('../room_session.js').RoomSession} session
 * @returns {() => void} stops it
 */
export function keepSayingHello(session) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let stopped = false;
  const say = async () => {
    let again = USUALLY_AGAIN_S;
    try {
      const reply = await session.feed.ask('studio.hello', { battles: UNDERSTANDS });
      if (typeof reply.again_s === 'number') again = reply.again_s;
    } catch (error) {
      console.debug('the studio is not heard', error);
    }
    if (!stopped) timer = setTimeout(say, again * 1000);
  };
  void say();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
