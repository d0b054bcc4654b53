CREATE TABLE postings (
  posid         INTEGER PRIMARY KEY, -- EJM's number of the posting
  title         TEXT,
  institution   TEXT,                -- from the public ad, none once the posting has closed
  department    TEXT,
  url           TEXT,                -- the posting's public page
  deadline      TEXT,
  edition       TEXT NOT NULL,       -- who this file is for
  snapshot      TEXT NOT NULL,       -- whose records this file shows: '20261124T090000Z'
  taken         TEXT NOT NULL,       -- when it was taken, RFC 3339 in UTC
  changes_since TEXT,                -- the snapshot that changes are told from, none after a first fetch
  api           TEXT,                -- where the records came from
  tool          TEXT,                -- what wrote them here
  folder        TEXT                 -- of the posting's export, beside this file
);

CREATE TABLE applicants (
  aid               INTEGER PRIMARY KEY, -- EJM's number of the person; where it gave none, minus an appid
  first_name        TEXT,
  middle_name       TEXT,
  last_name         TEXT,
  email             TEXT,
  phone             TEXT,
  fax               TEXT,
  url               TEXT,                -- web page
  country           TEXT,
  categories        TEXT,                -- several are joined by '; '
  primary_field     TEXT,
  secondary_fields  TEXT,
  conferences       TEXT,
  degreetype        TEXT,
  degreeinst        TEXT,                -- the institution that gives the degree
  degreebegyear     TEXT,
  degreeendyear     TEXT,
  curpos            TEXT,                -- current position
  curinst           TEXT,                -- current institution
  enrolldate        TEXT,
  changedate        TEXT,
  ackdate           TEXT,
  last_revised_time TEXT,
  is_contactok      TEXT,                -- 'yes' or 'no'
  status            TEXT,
  ethnic            TEXT,
  ethnicity         TEXT,
  race              TEXT,
  gender            TEXT,
  nationality       TEXT
);

CREATE TABLE applications (
  appid   INTEGER PRIMARY KEY, -- EJM's number of the application
  posid   INTEGER NOT NULL REFERENCES postings,
  aid     INTEGER NOT NULL REFERENCES applicants,
  name    TEXT NOT NULL,       -- as one says it: 'Min-Jung Lee'
  applied TEXT,                -- when the applicant applied
  changed TEXT,                -- when the applicant changed it last
  as_of   TEXT NOT NULL        -- when ejmx first saw it as it is, RFC 3339 in UTC
);

CREATE TABLE documents (
  document_no INTEGER PRIMARY KEY,
  appid       INTEGER NOT NULL REFERENCES applications,
  place       INTEGER NOT NULL,          -- in the application, from 1: files, then letters
  kind        TEXT NOT NULL,             -- 'file' or 'letter'
  file_id     INTEGER,                   -- EJM's number of a file
  type_id     INTEGER,                   -- EJM's type of a file: 10 CV, 20 job-market paper, ...
  type_name   TEXT,                      -- 'cv', 'jmpaper', ...
  label       TEXT NOT NULL,             -- 'Curriculum vitae', 'Letter Prof. Kim'
  state       TEXT NOT NULL,             -- stored, suspect, link, not_submitted, withdrawn or failed
  reason      TEXT,                      -- why it is suspect, withdrawn or failed
  date        TEXT,
  previous    INTEGER NOT NULL,          -- how many older versions ejmx holds
  blobid      INTEGER,                   -- EJM's number of the contents, shared by applications that send the same
  bytes       INTEGER,
  sha1        TEXT,
  sha256      TEXT,
  media_type  TEXT,                      -- as its sender says
  file_name   TEXT,                      -- as its sender says
  url         TEXT,                      -- of a link
  path        TEXT,                      -- in the folder of the posting's export, where originals are exported
  UNIQUE (appid, place)
);

CREATE TABLE letters (
  document_no INTEGER PRIMARY KEY REFERENCES documents,
  recid       INTEGER, -- EJM's number of the recommendation, the same before and after the letter arrives
  letterid    INTEGER, -- EJM's number of the letter
  first_name  TEXT,    -- of who was asked to write it
  last_name   TEXT,
  institution TEXT,
  department  TEXT,
  email       TEXT
);

CREATE TABLE questions (
  posid       INTEGER NOT NULL REFERENCES postings,
  question_id INTEGER NOT NULL, -- EJM's number of the question
  place       INTEGER NOT NULL, -- in the posting, from 1
  question    TEXT,
  type        TEXT,             -- 'text', 'check-boxes', 'radio', 'multiple-choice'
  PRIMARY KEY (posid, question_id)
);

CREATE TABLE answers (
  appid       INTEGER NOT NULL REFERENCES applications,
  posid       INTEGER NOT NULL,
  question_id INTEGER NOT NULL,
  answer      TEXT NOT NULL, -- ticked boxes are joined by '; '
  PRIMARY KEY (appid, question_id),
  FOREIGN KEY (posid, question_id) REFERENCES questions
);

CREATE TABLE interviews (
  interview_no  INTEGER PRIMARY KEY,
  appid         INTEGER NOT NULL REFERENCES applications,
  interview_id  INTEGER, -- EJM's number of the interview
  conference_id INTEGER, -- EJM's number of the conference
  conference    TEXT,
  group_name    TEXT,    -- who interviews: 'Macro'
  starts        TEXT,
  ends          TEXT,
  location      TEXT,    -- room, hotel, address, city
  description   TEXT
);

CREATE TABLE changes (
  change_no INTEGER PRIMARY KEY,
  posid     INTEGER NOT NULL REFERENCES postings,
  appid     INTEGER NOT NULL, -- of an application that may be gone, and so not in applications
  name      TEXT,             -- of the applicant
  item      TEXT,             -- 'Letter Prof. Kim', 'Current position', none for the application itself
  what      TEXT NOT NULL,    -- new, arrived, replaced, changed or withdrawn
  before    TEXT,
  after     TEXT
);

CREATE INDEX applications_posid ON applications (posid);

CREATE INDEX applications_aid ON applications (aid);

CREATE INDEX interviews_appid ON interviews (appid);
