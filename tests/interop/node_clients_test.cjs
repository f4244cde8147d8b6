// A Node client, used as its documentation uses it: node_clients_test.cjs PORT PACKAGE. What one client calls otherwise than the other is
// said both ways.

const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const { createRequire } = require("node:module");
const { after, test } = require("node:test");

const [port, folder, name] = process.argv.slice(2);
const library = createRequire(folder + "/")(name);
const { jsonEvent, binaryEvent, ANY, NO_STREAM, START, END, BACKWARDS, streamNameFilter, eventTypeFilter, excludeSystemEvents } = library;
const { WrongExpectedVersionError, StreamNotFoundError, StreamDeletedError } = library;

const client = (library.KurrentDBClient ?? library.EventStoreDBClient).connectionString(`esdb://localhost:${port}?tls=false`);
after(() => client.dispose());

const newCategory = () => "c" + randomUUID().replaceAll("-", "");
const expecting = (state) => ({ expectedRevision: state, streamState: state });
const event = (type = "Happened", more = {}) => jsonEvent({ type, data: {}, ...more });

async function all(read) {
  const events = [];
  for await (const resolved of read) events.push(resolved);
  return events;
}

/** What a subscription emits, until there is as much as wanted. */
function emitted(subscription, count) {
  const words = [];
  return new Promise((resolve, reject) => {
    const take = (word) => {
      words.push(word);
      if (words.length === count) subscription.unsubscribe().then(() => resolve(words.slice(0, count)), reject);
    };
    subscription.on("data", (resolved) => take(resolved.event?.type));
    subscription.on("caughtUp", () => take("caught up"));
    subscription.on("error", reject);
  });
}

test("what is appended is read", async () => {
  const stream = newCategory() + "-1";
  const placed = event("OrderPlaced", { data: { n: 1 }, metadata: { who: "me" } });
  const first = await client.appendToStream(stream, [placed], expecting(NO_STREAM));
  assert.equal(first.nextExpectedRevision, 0n);
  assert.equal(first.position.commit, first.position.prepare);
  await client.appendToStream(stream, binaryEvent({ type: "Raw", data: Buffer.from([1, 2]) }), expecting(0n));
  const events = (await all(client.readStream(stream))).map((resolved) => resolved.event);
  assert.deepEqual(events.map((e) => [e.type, e.revision, e.isJson]), [["OrderPlaced", 0n, true], ["Raw", 1n, false]]);
  assert.deepEqual([events[0].data, events[0].metadata, events[0].id], [{ n: 1 }, { who: "me" }, placed.id]);
  assert.deepEqual([...events[1].data], [1, 2]);
  const last = await all(client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }));
  assert.equal(last[0].event.revision, 1n);
  assert.equal((await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))).length, 1);
});

test("errors are the client's typed ones", async () => {
  const stream = newCategory() + "-1";
  await assert.rejects(all(client.readStream(stream)), StreamNotFoundError);
  await client.appendToStream(stream, event(), expecting(ANY));
  await assert.rejects(client.appendToStream(stream, event(), expecting(NO_STREAM)), WrongExpectedVersionError);
  await assert.rejects(client.appendToStream(stream, event(), expecting(7n)), WrongExpectedVersionError);
  await client.deleteStream(stream, { expectedRevision: ANY });
  await assert.rejects(all(client.readStream(stream)), StreamNotFoundError);
  await client.appendToStream(stream, event(), expecting(NO_STREAM));
  await client.tombstoneStream(stream, { expectedRevision: ANY });
  await assert.rejects(all(client.readStream(stream)), StreamDeletedError);
  await assert.rejects(client.appendToStream(stream, event()), StreamDeletedError);
  await assert.rejects(client.deleteStream(stream), StreamDeletedError);
});

test("subscriptions go on with what comes", async () => {
  const stream = newCategory() + "-1";
  await client.appendToStream(stream, [event("A"), event("B")]);
  const words = emitted(client.subscribeToStream(stream, { fromRevision: START }), 4);
  await client.appendToStream(stream, event("C"));
  assert.deepEqual((await words).filter((word) => word !== "caught up"), ["A", "B", "C"]);
});

test("filters and system projections", async () => {
  const category = newCategory();
  await client.appendToStream(category + "-1", event(category + "A"));
  await client.appendToStream(category + "-2", event(category + "B"));
  const of = async (filter) => emitted(client.subscribeToAll({ fromPosition: START, filter }), 2);
  assert.deepEqual(await of(streamNameFilter({ prefixes: [category], checkpointInterval: 1 })), [category + "A", category + "B"]);
  assert.deepEqual(await of(eventTypeFilter({ regex: `^${category}[AB]$` })), [category + "A", category + "B"]);
  assert.equal((await of(excludeSystemEvents())).some((type) => type.startsWith("$")), false);
  const links = await all(client.readStream("$ce-" + category, { resolveLinkTos: true }));
  assert.deepEqual(links.map((resolved) => resolved.event.streamId), [category + "-1", category + "-2"]);
  assert.deepEqual(links.map((resolved) => resolved.link.streamId), ["$ce-" + category, "$ce-" + category]);
});

test("stream metadata", async () => {
  const stream = newCategory() + "-1";
  await client.appendToStream(stream, [event("A"), event("B")]);
  await client.setStreamMetadata(stream, { maxCount: 1, foo: "bar" });
  assert.deepEqual((await client.getStreamMetadata(stream)).metadata, { maxCount: 1, foo: "bar" });
  assert.deepEqual((await all(client.readStream(stream))).map((resolved) => resolved.event.type), ["B"]);
});

test("several streams at once", { skip: library.KurrentDBClient === undefined }, async () => {
  const category = newCategory();
  const to = (streamName, expectedState) => ({ streamName: category + streamName, expectedState, events: [event("M", { metadata: { k: "v" } })] });
  const appended = await client.multiStreamAppend([to("-1", NO_STREAM), to("-2", ANY)]);
  assert.deepEqual(appended.responses.map((response) => response.revision), [0n, 0n]);
  const [read] = await all(client.readStream(category + "-1"));
  assert.equal(read.event.metadata.k, "v");
  await assert.rejects(client.multiStreamAppend([to("-3", ANY), to("-1", NO_STREAM)]), WrongExpectedVersionError);
  await assert.rejects(all(client.readStream(category + "-3")), StreamNotFoundError);
  const records = await client.appendRecords([{ streamName: category + "-4", record: event() }], []);
  assert.equal(records.responses[0].revision, 0n);
});
