/**
 * Loaded into a worker by NODE_OPTIONS: kills it, as a machine that fails does, right after the statement of the database
 * that DIE_AFTER names as `{pattern}#{how many of them}`. The worker itself knows nothing of it.
 */
const [pattern, count] = (process.env.DIE_AFTER ?? '').split('#');
if (pattern) {
  const { Client } = require('pg');
  const query = Reflect.get(Client.prototype, 'query');
  const wanted = new RegExp(pattern, 'i');
  let left = Number(count);
  Client.prototype.query = function (text, ...rest) {
    const answer = query.call(this, text, ...rest);
    if (typeof text !== 'string' || !wanted.test(text) || typeof answer?.then !== 'function')
      return answer;
    return answer.then((value) => {
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
      return value;
    });
  };
}
