/**
 * Sizes, in bytes of UTF-8 JSON unless said otherwise. They are a safety property, not a taste: Temporal terminates a
 * workflow whose update argument, update result or own result exceeds 2 MB, and hangs on messages above 4 MB.
 */
export const LIMITS = {
  /** One request body, one payload of an event. Larger than a document, so that a document's own limit is what people meet. */
  body: 1_250_000,
  /** The data of one section; the metadata. What a setting or a document type says goes before it. */
  section: 256 * 1024,
  /** Metadata and all sections of one document together; likewise. */
  document: 1024 * 1024,
  /** The most that `document` can be set to: state, unwritten events and refusals go along with each continue-as-new. */
  largestDocument: 1_200_000,
  /** What the memo tells of the sections; a page of a list has 200 memos and at most 4 MB. */
  memoSections: 4 * 1024,
  /** The result of one update; results stay in the history for ever. */
  updateResult: 4 * 1024,
  /** What an approval of its own is about. */
  subject: 256 * 1024,
  /** Lines of the history of such an approval, and their bytes, after which nobody can say anything but decide. */
  approvalEvents: 500,
  approvalEventBytes: 256 * 1024,
  /** Messages after which a run of an approval or a wait continues as new. */
  messagesPerRun: 500,
  /** Events that one wait is for, and characters of the name of each. */
  waitEvents: 20,
  waitEventName: 100,
  /** All that is sent to one wait, from its start to its end, together. */
  waitData: 512 * 1024,
  /** Characters of the name and of the key of a wait; and bytes of both in a workflow id, of which Temporal takes 1,000. */
  waitName: 100,
  waitKey: 256,
  waitWorkflowId: 900,
  /** Characters of the name of a player, of a seed, and of what refusals in a dungeon repeat of what was sent. */
  playerName: 128,
  /** Lines of its console feed that a game remembers; all are in the feed. */
  consoleLines: 100,
  /** Depth of nested arrays and objects; deeper ones break recursive code. */
  depth: 64,
  /** Names in one object that a schema is to check: 100,000 unknown ones took the validator seconds. */
  names: 10_000,
  /** Pairs of items, of all lists together, that a schema with `uniqueItems` is to compare: 1,000 items of one list. */
  itemPairs: 500_000,
  /** Findings of a validator that are looked through for what is worth telling. */
  units: 2_000,
  /** Lines of one order, and pieces of one line. */
  orderLines: 500,
  orderQuantity: 10_000,
  /** Lines that are reserved in one transaction; the parts of a larger order are reserved side by side. */
  orderPart: 50,
  /** Lines of the history of an order that it remembers, and their bytes. */
  orderEvents: 200,
  orderEventBytes: 64 * 1024,
  /** Characters of a title. */
  title: 200,
  /** Comments that a document remembers, and their bytes; all are in its history. */
  comments: 20,
  commentBytes: 64 * 1024,
  /** Decisions and escalations that an approval remembers, and their bytes; all are in histories. */
  decisions: 2_500,
  decisionBytes: 320 * 1024,
  escalations: 200,
  /** Users who were ever asked, whom an approval remembers, and their bytes; older ones may not read any more. */
  asked: 5_000,
  askedBytes: 128 * 1024,
  escalationBytes: 64 * 1024,
  /** The policy of an approval of its own. */
  policy: 64 * 1024,
  /** What a document knows of those below it: with more it takes no other. Enough for a thousand. */
  childrenBytes: 128 * 1024,
  /** Sections of a document type: for each filled one a document keeps some hundred bytes besides its data. */
  sections: 200,
  /** Mails of one notification, which each are activities of one workflow. */
  mails: 1_000,
  /** Characters of a reason or a comment. */
  reason: 2_000,
  /** Characters of the name of an event. */
  eventName: 200,
  /** Wrong places that one refusal tells, and characters of each pointer and text: refusals travel and are kept. */
  errors: 50,
  errorText: 200,
  /** One refusal as the history keeps it; a hundred of them go along with each continue-as-new. */
  refusal: 4 * 1024,
  /** Refusals that a document remembers by their text, and their bytes; older ones are only counted. */
  refusals: 100,
  refusalBytes: 96 * 1024,
  /** Idempotency keys that a document remembers. */
  keys: 200,
  /** Unwritten history entries and their bytes, after which they go to the database. */
  tailEvents: 50,
  tailBytes: 256 * 1024,
  /** What a run hands to the next one; when it is more, unwritten entries go to the database before. */
  carried: 1_500_000,
  /** Bytes of them that go to the archive together with the document. */
  lastTailBytes: 64 * 1024,
  /** Edits after which a run continues as new: a cold query replays 10,000 edits in 6 s, 500 in 0.26 s. */
  editsPerRun: 500,
  historyBytesPerRun: 4 * 1024 * 1024,
} as const;
