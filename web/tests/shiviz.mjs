// What ShiViz does with a file that it is given, by its own rules: how the file is divided, how the expression reads events, and what
// it refuses. Written anew from what its sources do (js/shiviz.js, js/util/regexp.js, js/model/parser.js, js/model/modelGraph.js).
import assert from "node:assert/strict";

/** Load the text of a file: the events as ShiViz knows them, with the parents that it draws lines from. Throws where it refuses. */
export function load(text) {
  // Choosing a file fills three fields: the first line, the second, and the rest.
  const [parser, delimiter] = text.split("\n", 2);
  const log = text.slice(text.indexOf("\n", text.indexOf("\n") + 1) + 1).trim();
  assert.equal(delimiter.trim(), "", "there is one execution");

  // Groups have names and nothing else captures: names are taken off, and the groups counted.
  const names = [...parser.matchAll(/\(\?<(\w+?)>/g)].map(([, name]) => name);
  assert.equal(new Set(names).size, names.length, "no name twice");
  for (const name of ["clock", "host", "event"]) assert(names.includes(name), `a group is called ${name}`);
  const plain = parser.trim().replace(/\((?!\?(=|!|<|:))/g, "(?:").replace(/\(\?<\w+?>/g, "(");
  const expression = new RegExp(plain, "gm");

  const events = [];
  let end = 0;
  for (const match of log.matchAll(expression)) {
    assert.equal(log.slice(end, match.index).trim(), "", "nothing of the log is passed over");
    end = match.index + match[0].length;
    const fields = Object.fromEntries(names.map((name, place) => [name, match[place + 1]]));
    const clock = JSON.parse(fields.clock);
    assert(Object.hasOwn(clock, fields.host), `${fields.host} is in its own clock`);
    events.push({ ...fields, clock, own: clock[fields.host], parents: [] });
  }
  assert.equal(log.slice(end).trim(), "", "nothing is left over");
  assert(events.length > 0, "there are events");

  const hosts = new Map();
  for (const event of events) hosts.set(event.host, [...(hosts.get(event.host) ?? []), event]);
  for (const [host, mine] of hosts) {
    mine.sort((one, other) => one.own - other.own);
    mine.forEach((event, place) => assert.equal(event.own, place + 1, `the clock of ${host} begins at 1 and grows by 1`));
  }
  // A line is drawn from each event that is heard of for the first time, unless another that is heard of has heard of it.
  for (const [host, mine] of hosts) {
    const known = {};
    for (const event of mine) {
      known[host] = event.own;
      const news = [];
      for (const [other, time] of Object.entries(event.clock)) {
        if (known[other] >= time) continue;
        known[other] = time;
        assert(hosts.has(other), `${other} is a host`);
        const there = hosts.get(other);
        assert(time >= 1 && time <= there.length, `${other} has an event ${time}`);
        news.push(there[time - 1]);
      }
      const through = new Set(news.flatMap((one) => Object.entries(one.clock).filter(([other]) => other !== one.host).map((pair) => pair.join(":"))));
      event.parents = news.filter((one) => one !== event && !through.has(`${one.host}:${one.own}`));
    }
  }
  verify(hosts, events);
  return { hosts: [...hosts.keys()], events };
}

/** The lines that are drawn, and they alone, give the clocks again: nothing is claimed that no line shows, and no line goes in a circle. */
function verify(hosts, events) {
  const clocks = new Map();
  const open = new Set();
  const clockOf = (event) => {
    const done = clocks.get(event);
    if (done) return done;
    assert(!open.has(event), "happened-before goes in no circle");
    open.add(event);
    const clock = { [event.host]: event.own };
    const before = hosts.get(event.host)[event.own - 2];
    for (const one of [...(before ? [before] : []), ...event.parents]) {
      for (const [host, time] of Object.entries(clockOf(one))) clock[host] = Math.max(clock[host] ?? 0, time);
    }
    open.delete(event);
    clocks.set(event, clock);
    return clock;
  };
  for (const event of [...events].sort((one, other) => one.step - other.step)) assert.deepEqual(clockOf(event), event.clock, event.event);
}
