// @ts-check
/** The token that a link in a letter carries behind its `#`, where no server sees it. */
import { useEffect, useState } from '../html.js';

/** Null when there is none. It is taken out of the address, so that no history keeps it. */
export function useLetterToken() {
  const [token, setToken] = useState(taken);
  useEffect(() => {
    // A link that is opened where the page stands already loads nothing.
    const follow = () => setToken((before) => taken() ?? before);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return token;
}

/** @returns {string | null} */
function taken() {
  const token = location.hash.slice(1);
  if (token === '') return null;
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}
