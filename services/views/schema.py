"""The tables of `views.db`. A changed table gets a new `FORMAT`; an older file is dropped and filled anew."""

FORMAT = 18
"""Kept in SQLite's `user_version`."""

INTAKE_TABLES = (
    "items",
    "conversations",
    "mentions",
    "minutes",
    "replies",
    "answers",
    "no_reply",
    "cases",
    "case_links",
    "promises",
    "case_log",
    "tags",
)
DESK_TABLES = (
    "incidents", "evidence", "timeline", "pages", "steps", "offers", "silences", "silenced", "proposals", "duties", "shifts", "reports", "recordings",
    "disarmed",
    "shelf", "content_log", "reviews", "releases",
)  # fmt: skip

# Tables with sealed content keep their rows in the order of arrival: wide rows in the order of a random id would make
# every insertion rewrite another page. `items.n` is that order; mentions go by it, so that the only index in random order
# is the one from an item's id to its `n`.
# `items.judged` is the scorer's label where a person corrected it; `mentions.counted` the label under which `minutes` counts
# it, NULL where it does not.
# Times are whole microseconds since 1970, UTC (streams.sla.instants).
SCHEMA = """
CREATE TABLE positions (
    partition TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, place INTEGER) WITHOUT ROWID;

CREATE TABLE items (
    n INTEGER PRIMARY KEY, item TEXT NOT NULL UNIQUE, fact TEXT NOT NULL, subject TEXT NOT NULL, month INTEGER NOT NULL, sealed BLOB NOT NULL,
    platform TEXT NOT NULL, kind TEXT NOT NULL, native_id TEXT NOT NULL, account TEXT, conversation TEXT,
    thread TEXT NOT NULL, ours INTEGER NOT NULL, robot INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
    occurred_us INTEGER NOT NULL, observed_us INTEGER NOT NULL, followers INTEGER, tags TEXT NOT NULL,
    label TEXT, confidence REAL, negative REAL, abstain INTEGER, topic TEXT, topic_evidence TEXT NOT NULL DEFAULT '', matches BLOB,
    judged TEXT, corrected_by TEXT, corrected_us INTEGER, post TEXT, sent_by TEXT, script TEXT, strayed REAL);
CREATE INDEX items_of_conversation ON items (conversation, occurred_us) WHERE conversation IS NOT NULL;
CREATE INDEX replies_to_all ON items (thread, occurred_us) WHERE conversation IS NULL AND ours;

CREATE TABLE conversations (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, platform TEXT NOT NULL, account TEXT NOT NULL, brand TEXT,
    last_us INTEGER NOT NULL DEFAULT 0, began_by TEXT, severity TEXT, topic TEXT, vip INTEGER NOT NULL DEFAULT 0,
    clock BLOB, clock_kind TEXT, clock_ordinal INTEGER, started_us INTEGER, due_us INTEGER, target_s INTEGER,
    paused INTEGER NOT NULL DEFAULT 0, resolution BLOB, folded INTEGER NOT NULL DEFAULT 0, customer TEXT, claimed_by TEXT, claimed_us INTEGER, snoozed_us INTEGER,
    asleep INTEGER GENERATED ALWAYS AS (paused OR snoozed_us IS NOT NULL) VIRTUAL);
CREATE INDEX folded ON conversations (key) WHERE folded;
CREATE INDEX waiting ON conversations (asleep, due_us, id, platform, brand, vip, account, topic, paused, claimed_by)
    WHERE due_us IS NOT NULL;
CREATE INDEX conversations_of_customer ON conversations (customer, last_us) WHERE customer IS NOT NULL;

CREATE TABLE mentions (
    n INTEGER NOT NULL, brand TEXT NOT NULL, observed_us INTEGER NOT NULL, platform TEXT NOT NULL, label TEXT NOT NULL,
    severity TEXT, category TEXT, topic TEXT, monitors TEXT NOT NULL, reach INTEGER, reposts INTEGER,
    addressed INTEGER NOT NULL, counted TEXT, PRIMARY KEY (n, brand)) WITHOUT ROWID;
CREATE INDEX mentions_by_time ON mentions (observed_us, n, brand);

CREATE TABLE minutes (
    brand TEXT NOT NULL, minute INTEGER NOT NULL, label TEXT NOT NULL, items INTEGER NOT NULL,
    PRIMARY KEY (brand, minute, label)) WITHOUT ROWID;

CREATE TABLE tags (person TEXT NOT NULL, tag TEXT NOT NULL, by TEXT NOT NULL, PRIMARY KEY (person, tag)) WITHOUT ROWID;
CREATE TABLE replies (account TEXT PRIMARY KEY, last_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE answers (reply TEXT PRIMARY KEY, answered TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE cases (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, platform TEXT NOT NULL, account TEXT NOT NULL, person TEXT NOT NULL,
    brand TEXT, topic TEXT, severity TEXT, owner TEXT, opened_us INTEGER NOT NULL, reason TEXT NOT NULL,
    last_us INTEGER NOT NULL, settled_us INTEGER, outcome TEXT, evidence TEXT, reopened INTEGER NOT NULL DEFAULT 0,
    began_by TEXT) WITHOUT ROWID;
CREATE INDEX cases_by_time ON cases (settled_us IS NOT NULL, opened_us, id);
CREATE TABLE case_links (
    case_id TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (case_id, kind, ref)) WITHOUT ROWID;
CREATE INDEX cases_of ON case_links (kind, ref);
CREATE TABLE promises (
    case_id TEXT NOT NULL, item TEXT NOT NULL, made_us INTEGER NOT NULL, due_us INTEGER NOT NULL, kept_us INTEGER,
    broken INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (case_id, item)) WITHOUT ROWID;
CREATE TABLE case_log (n INTEGER PRIMARY KEY, case_id TEXT NOT NULL, at_us INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX log_of_case ON case_log (case_id, n);

CREATE TABLE no_reply (
    item TEXT PRIMARY KEY, conversation TEXT NOT NULL, key TEXT NOT NULL, rule TEXT NOT NULL,
    sampled INTEGER NOT NULL, verdict TEXT, by TEXT) WITHOUT ROWID;
CREATE INDEX to_check ON no_reply (item) WHERE sampled AND verdict IS NULL;

CREATE TABLE incidents (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL, brand TEXT NOT NULL, category TEXT NOT NULL, level TEXT NOT NULL,
    peak TEXT NOT NULL, opened_us INTEGER NOT NULL, last_us INTEGER NOT NULL, opened_by TEXT, note TEXT NOT NULL,
    acknowledged_by TEXT, acknowledged_us INTEGER, commander TEXT, calm_since_us INTEGER,
    frozen INTEGER NOT NULL DEFAULT 0, playbook TEXT, playbook_version TEXT, playbook_us INTEGER, closed_us INTEGER, closed_by TEXT, close_reason TEXT,
    false_alarm INTEGER NOT NULL DEFAULT 0, merged_into TEXT, inhibited_by TEXT, split_from TEXT,
    drill INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX incidents_by_time ON incidents (closed_us IS NOT NULL, opened_us, id);
CREATE TABLE evidence (
    incident TEXT NOT NULL, rule TEXT NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (incident, rule)) WITHOUT ROWID;
CREATE TABLE timeline (n INTEGER PRIMARY KEY, incident TEXT NOT NULL, at_us INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX timeline_of_incident ON timeline (incident, n);
CREATE TABLE pages (
    page TEXT PRIMARY KEY, incident TEXT NOT NULL, person TEXT NOT NULL, means TEXT NOT NULL, reason TEXT NOT NULL,
    round INTEGER NOT NULL, requested_us INTEGER NOT NULL, outcome TEXT, outcome_us INTEGER, detail TEXT,
    about TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX pages_of_incident ON pages (incident, requested_us);
CREATE INDEX pages_of_none ON pages (about) WHERE about <> '';
CREATE TABLE steps (
    incident TEXT NOT NULL, step TEXT NOT NULL, n INTEGER NOT NULL, plan BLOB NOT NULL, due_us INTEGER,
    state TEXT NOT NULL, late INTEGER NOT NULL DEFAULT 0, escalated INTEGER NOT NULL DEFAULT 0, ended_us INTEGER,
    ended_by TEXT, note TEXT, changed TEXT,
    PRIMARY KEY (incident, step)) WITHOUT ROWID;
CREATE TABLE offers (
    incident TEXT NOT NULL, n INTEGER NOT NULL, scenario TEXT NOT NULL, offered_us INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (incident, scenario, n)) WITHOUT ROWID;
CREATE TABLE silences (
    id TEXT PRIMARY KEY, brand TEXT NOT NULL, body BLOB NOT NULL, ended_us INTEGER, ended_by TEXT) WITHOUT ROWID;
CREATE TABLE silenced (
    brand TEXT NOT NULL, rule TEXT NOT NULL, silence TEXT NOT NULL, n INTEGER NOT NULL, last_us INTEGER NOT NULL,
    PRIMARY KEY (brand, rule, silence)) WITHOUT ROWID;
CREATE TABLE proposals (
    incident TEXT NOT NULL, rule TEXT NOT NULL, brand TEXT NOT NULL, at_us INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (incident, rule)) WITHOUT ROWID;
CREATE TABLE shifts (
    person TEXT PRIMARY KEY, taken_us INTEGER, given_us INTEGER, note TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE duties (duty TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE reports (report TEXT PRIMARY KEY, brand TEXT NOT NULL, due_us INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX reports_by_time ON reports (brand, due_us);
CREATE TABLE recordings (n INTEGER PRIMARY KEY, report TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX recordings_of_report ON recordings (report, n);
CREATE TABLE disarmed (since_us INTEGER PRIMARY KEY, by TEXT NOT NULL);

CREATE TABLE shelf (brand TEXT NOT NULL, item TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (brand, item)) WITHOUT ROWID;
CREATE TABLE content_log (
    n INTEGER PRIMARY KEY, brand TEXT NOT NULL, item TEXT NOT NULL, at_us INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX log_of_content ON content_log (brand, item, n);
CREATE TABLE reviews (
    brand TEXT NOT NULL, item TEXT NOT NULL, number INTEGER NOT NULL, submitted_us INTEGER NOT NULL,
    submitted BLOB NOT NULL, review BLOB NOT NULL, PRIMARY KEY (brand, item, number)) WITHOUT ROWID;
CREATE INDEX reviews_by_time ON reviews (brand, submitted_us);
CREATE TABLE releases (
    release TEXT PRIMARY KEY, brand TEXT NOT NULL, item TEXT NOT NULL, incident TEXT NOT NULL, at_us INTEGER NOT NULL,
    body BLOB NOT NULL, link TEXT, posted_us INTEGER, ended_us INTEGER, ending BLOB) WITHOUT ROWID;
CREATE INDEX releases_by_time ON releases (brand, at_us);
"""
