"""Every limit, named, with its reason: the one file for all three packages.

Bytes from outside are hostile until proven otherwise. A limit is far above what honest files need (the reason says
what honest files show) and far below what would hurt the machine.
"""

from __future__ import annotations

from typing import Final

XML_DEPTH_MAX: Final = 64
"""Elements inside elements. CIM RDF/XML needs 4, a difference model 6; a parser's stack is what depth attacks."""

XML_ATTRIBUTES_MAX: Final = 64
"""Attributes of one element. CIM needs 3; quadratic duplicate checks are what a flood of attributes attacks."""

XML_NAMESPACES_MAX: Final = 64
"""Namespaces that one element declares. CIM needs 3 to 10, all at the root."""

XML_TEXT_BYTES_MAX: Final = 64 * 1024
"""One literal. The longest honest one is a description of a few hundred bytes."""

XML_OBJECT_ELEMENTS_MAX: Final = 200_000
"""Elements inside one object, or in one header: they are held in memory together, 150 bytes each. The largest honest
object is a group that lists 100,000 members."""

XML_DECLARATION_BYTES_MAX: Final = 400
"""The XML declaration of a document; honest ones have about 60 bytes."""

SCANNED_BYTES_MIN: Final = 16 * 1024**2
"""Smaller documents are never scanned: until numba is there, the conforming reader is done."""

RDF_LINE_BYTES_MAX: Final = 16 * 1024**2
"""One line of Turtle, TriG, N-Triples or N-Quads. Honest ones have a statement, or the members of one object."""

RDF_DEPTH_MAX: Final = 64
"""Brackets inside brackets of Turtle, TriG and JSON-LD. CIM needs 2, framed JSON-LD 6."""

RDF_PARSER_MEMORY_BYTES_MAX: Final = 2 * 1024**3
"""Address space of the process that parses them; it hands statements on as it goes and needs some 100 MB."""

FILE_BYTES_MAX: Final = 64 * 1024**3
"""One file after decompression: a utility of 10 million pieces of equipment needs about 20 GB."""

GZIP_RATIO_MAX: Final = 200
"""Decompressed bytes per compressed byte. CIM XML reaches 30; a bomb has 1,000 and more."""

ZIP_ENTRIES_MAX: Final = 1_000
"""Files in one zip. A profile-split set has about 10, a folder of a whole country's about 300."""

ZIP_DIRECTORY_BYTES_MAX: Final = 8 * 1024**2
"""The list of contents of one zip, which is held in memory: 1,000 names of 64 KB would be eight times as much."""

ZIP_NESTING_MAX: Final = 1
"""Zips in a zip: one level, as CGMES exchanges do."""

FOLDER_FILES_MAX: Final = 10_000
"""Files looked at in one folder."""

HEADER_ENTRIES_MAX: Final = 1_000
"""Lines of a model's header that are kept. A set for a whole country depends on about 300 others."""

HEADER_TEXT_CHARACTERS_MAX: Final = 4_000
"""One line of a header; descriptions have a few hundred characters."""

DIFFERENCE_HERE_BYTES_MAX: Final = 256 * 1024
"""A plain difference that a service reads itself, 2,000 switch states in some 20 ms; others are read in a process."""

DIFFERENCE_SECONDS_MAX: Final = 60
"""Time in which that process tells whether a difference is about switch states alone; 500,000 take about 15 s."""

DIFFERENCE_STATEMENTS_MAX: Final = 5_000_000
"""Statements of one difference model, which is held in memory, about 300 bytes each. One that changes more is better
sent as a whole model."""

OBJECTS_MAX: Final = 400_000_000
"""Objects of one model: 40 per piece of equipment at 10 million pieces. Positions are 32-bit integers."""

STATEMENTS_MAX: Final = 2_000_000_000
"""Statements of one model: 200 per piece of equipment at 10 million pieces. Positions are 32-bit integers."""

FINDINGS_PER_CODE_MAX: Final = 1_000
"""Findings kept of one code; the rest are counted in one closing finding, so that a report stays readable."""

SWITCH_ENDS_PAIRED_MAX: Final = 8
"""Ends of a switch that are joined each to each. Honest ones have 2, some 3; with more all hang on the first, for the
pairs grow by the square."""

FINDING_OBJECTS_MAX: Final = 50
"""Objects named in one finding."""

YAML_BYTES_MAX: Final = 8 * 1024**2
"""A heads or sources file: 100,000 feeders take about 6 MB."""

YAML_DEPTH_MAX: Final = 16
"""Lists inside lists of such a file; it needs 3."""

ID_CHARACTERS_MAX: Final = 1_000
"""An id given on the command line or in a heads file."""

ID_CANDIDATES_SHOWN: Final = 5
"""Holders of an ambiguous name listed in the error."""

ZIP_INNER_BYTES_MAX: Final = 1024**3
"""All zips inside one zip together: they are held in memory while they are read."""

GENERATED_SUBSTATIONS_MAX: Final = 10_000
"""Substations of a synthetic network. The largest utilities run a few thousand."""

GENERATED_FEEDERS_PER_SUBSTATION_MAX: Final = 200
"""Feeders of one synthetic substation; one with more bays does not exist."""

GENERATED_LINES_PER_FEEDER_MAX: Final = 20_000
"""Lines of one synthetic feeder, which is planned in memory: this many stay below 10 MB."""

GENERATED_LINES_MAX: Final = 8_000_000
"""Lines of a synthetic network: 45 GB of XML. With the DER it stays under FILE_BYTES_MAX, so that it can be read."""

GENERATED_DERS_MAX: Final = 4_000_000
"""DER of a synthetic network: 15 GB of XML."""

GENERATED_DERS_PER_FEEDER_MAX: Final = 100_000
"""DER of one synthetic feeder; keeps its number of service transformers believable."""

SEED_MAX: Final = 2**63 - 1
"""A seed is a 64-bit integer."""

BACK_FEED_STEPS_MAX: Final = 100_000
"""Parts looked at while following one back-feed; real networks need a handful."""

WAY_BACK_OPERATIONS_MAX: Final = 6
"""Switch operations of one way back to the normal feeder. After more, one asks for a plan and not for a way back."""

WAY_BACK_SETS_MAX: Final = 4_000
"""Sets of operations looked at for one way back, about a millisecond each; real ways back need some hundred."""

WAY_BACK_TRACES_MAX: Final = 20
"""Full traces for one way back, each of the whole network: as many equally small sets are compared."""

ENGINE_QUEUE_MAX: Final = 1_000
"""Commands that wait for the engine. A storm sends 50 a second; more than 20 seconds of them is better refused."""

ENGINE_BATCH_MAX: Final = 100
"""Commands of one transaction; bounds how long the first of them waits for the last."""

SWITCHING_OPERATIONS_MAX: Final = 500_000
"""Operations of one batch. A SCADA resync of a large utility has 300,000."""

SWITCHING_XML_BYTES_MAX: Final = 32 * 1024**2
"""XML with switch states that a feed sends, some 250,000 of them. More are sent as JSON or CSV, or in parts. What is
larger than `DIFFERENCE_HERE_BYTES_MAX` is read in a process: 8 MiB of hostile XML take 6 s."""

SWITCHING_XML_MEMORY_PER_BYTE: Final = 32
"""Address space of that process per byte of the XML, beside `IMPORT_MEMORY_BYTES_MIN`; 8 MiB take 130 MB."""

SWITCHING_XML_WAIT_SECONDS: Final = 10.0
"""How long a large body of XML waits for another one that is being read, before it is to be sent again."""

SWITCHING_WORD_CHARACTERS_MAX: Final = 100
"""A quality that a feed gives; honest ones are single words."""

SWITCHING_PHASES_CHARACTERS_MAX: Final = 20
"""Phases of a switch that a feed gives; the longest code has six letters."""

CLOCK_AHEAD_MAX_S: Final = 300.0
"""How far a sender's clock may be ahead; a report from further in the future would be the latest for ever."""

DEVICE_ID_CHARACTERS_MAX: Final = 256
"""The id of a temporary device; people write job numbers."""

DEVICES_MAX: Final = 10_000
"""Temporary devices at once. After a storm a large utility has some hundred; each is an edge of the graph."""

JUMPER_VOLTAGE_RATIO_MAX: Final = 1.1
"""Between the two ends of a jumper. One network gives some of its voltages as base, some as rated ones, which lie up
to ten percent higher (110 and 121 kV); neighbouring levels of a network lie further apart."""

PLAN_BYTES_MAX: Final = 8 * 1024**2
"""A file with a switching plan: 1,000 rows take about 100 KB."""

PLAN_ROWS_MAX: Final = 10_000
"""Rows of a switching plan. A large restoration has some hundred."""

PLAN_STEPS_MAX: Final = 1_000
"""Steps of a switching plan; each is a trace of the whole network."""

PLAN_TIME_MAX_S: Final = 60.0
"""How long a service works on one plan. A switch operation takes milliseconds; a step that places a device builds the
graph anew, up to seconds in a large network."""

PLANS_AT_ONCE_MAX: Final = 4
"""Plans and ways back that one service works out at once. Each is up to 1,000 traces and holds a few states of the
network; more would not be over sooner, and take threads and time from small questions."""

GROUP_DELTAS_MAX: Final = 1_000
"""Changes of a group's members between two full lists: bounds how long a start or a question about the past takes."""

MESSAGE_MEMBERS_MAX: Final = 2_000
"""Members named in one IEC 61968 message, about 150 KB: brokers refuse more than 1 MiB. Larger changes go in parts."""

GROUP_NAME_CHARACTERS_MAX: Final = 256
"""The name of a group; longest honest ones join two names of feeders."""

GROUP_MEMBERS_MAX: Final = 1_000_000
"""DER listed in one static group."""

GROUP_NESTED_MAX: Final = 10_000
"""Groups in one EndDeviceGroup of a model. Trees of regions have some hundred; each group follows all in it."""

GROUPS_MAX: Final = 1_000_000
"""Groups of one store, those of templates included: a template by section of a large utility makes 100,000."""

REGROUP_ANSWERS_MAX: Final = 1_000
"""Reports of keyed runs of `topogroup regroup` that are kept. Whoever repeats an older run is told from the journal
that it was done; a nightly job gets there after three years."""

GROUPS_WITH_PLACES_MAX: Final = 100
"""Groups whose criteria name places. Each is looked at in full after every operation: in a network of a million nodes
that takes 0.03 s (`downstream`) or 0.07 s (`fed_through`), and 0.25 s once for all of the latter."""

POWER_MAX_W: Final = 1e12
"""One rated power: a terawatt, a hundred times the largest power station. Keeps it within a 32-bit float."""

JOURNAL_VALUE_BYTES_MAX: Final = 1024**3
"""One value of the journal once it is decompressed: the keys of 100 million pieces of equipment."""

EVENTS_PER_READ_MAX: Final = 1_000
"""Events or rows of the log read from the journal at once."""

IMPORT_MEMORY_BYTES_MIN: Final = 1024**3
"""Address space of the process that reads a model of no size: the interpreter with numpy and lxml takes half of it."""

IMPORT_MEMORY_PER_BYTE: Final = 4
"""Further address space per byte of the unpacked files. A statement takes about 100 bytes in a file and 170 while it
is read, so that honest files need half of this."""

IMPORT_MEMORY_BYTES_MAX: Final = 64 * 1024**3
"""Address space of that process at most, a setting, and never more than the machine has: 400 million statements, which
are 4 million pieces of equipment in their most verbose form."""

IMPORT_SECONDS_MIN: Final = 120
"""Processor time for reading a model of no size."""

IMPORT_SECONDS_PER_MIB: Final = 2
"""Further processor time per MiB of the unpacked files; honest ones need a tenth of it."""

IMPORT_SECONDS_MAX: Final = 2 * 3600
"""Time for reading one model, by processor and by clock. 20 GB of XML take about half an hour."""

STORE_MEMORY_BYTES_MAX: Final = 16 * 1024**3
"""Address space of the RDF store process, at most what the machine has: 40 million statements at 400 bytes."""

STORE_QUERY_SECONDS_MAX: Final = 10.0
"""One query of the RDF store. Those by name take milliseconds; the longest lists all DER of a large model."""

STORE_ROWS_MAX: Final = 10_000
"""Rows of one answer of the RDF store; more is a case for reading `statements.nq`."""

STORE_ANSWER_BYTES_MAX: Final = 8 * 1024**2
"""One answer of the RDF store; 10,000 rows take about 2 MB."""

STORE_QUESTION_BYTES_MAX: Final = 256 * 1024
"""One question to the RDF store: 16,384 characters as JSON, all of them escaped, with parameters."""

STORE_REMOTE_BODY_BYTES_MAX: Final = 4 * STORE_ANSWER_BYTES_MAX
"""Body of an answer of a remote store: IRIs are longer there than in a table."""

STORE_TOKEN_BYTES_MAX: Final = 16 * 1024
"""The file with the token of a remote store; signed tokens have up to some kilobytes."""

STORE_REFUSAL_BYTES: Final = 2_000
"""What is read of the sentence with which a remote store refuses; servers add pages of stack trace to it."""

STORE_RESTARTS_MAX: Final = 3
"""Times in a row that a store process which dies before it is filled is started again."""

STORE_PIECE_BYTES_MAX: Final = 4 * 1024**2
"""What goes into a store at once: below the body that servers take unasked, and a fraction of a second of loading."""

STORE_QUERY_MEMORY_BYTES: Final = 512 * 1024**2
"""Memory that one query may take beside what the store holds; sorting 10,000 rows takes a few MB."""

STORE_WAIT_SECONDS: Final = 60.0
"""One request to a remote RDF store that is no query: a piece of 4 MB goes in within a second or two."""

STORE_FAILURES_MAX: Final = 5
"""Times in a row that a remote RDF store refuses a piece before filling it is given up."""

STORE_RETRY_SECONDS: Final = 2.0
"""Pause before a remote RDF store that failed is asked again, times the number of failures."""

SPARQL_CHARACTERS_MAX: Final = 16_384
"""Text of a query that a user writes; 4,500 characters of nested groups end pyoxigraph's process."""

SPARQL_DEPTH_MAX: Final = 64
"""Nesting of a query that a user writes; about 850 levels end pyoxigraph's process, people write below ten."""

SPARQL_OPERATORS_MAX: Final = 1_000
"""Punctuation of a query that a user writes; flat chains of 20,000 operators end pyoxigraph's process as well."""

GEOJSON_FEATURES_MAX: Final = 200_000
"""Features of one GeoJSON document, about 60 MB; no map draws more at once."""

ATTACHMENT_DERS_MAX: Final = 500_000
"""DER that the graph of attachments holds: about 10 million triples; beyond that, ask /v1/ders."""


CRITERIA_CHARACTERS_MAX: Final = 16_384
"""Criteria of one rule group. A list of 400 feeders by mRID takes as many; what is longer is a static group."""

CRITERIA_DEPTH_MAX: Final = 64
"""AND, OR and NOT inside one another. People nest 3 deep, programs 10; recursion is what depth attacks."""

CRITERIA_OPERATORS_MAX: Final = 500
"""Comparisons, AND, OR and NOT of one rule group; each costs a look at all DER whenever the network changes."""

ANSWERS_KEPT_BYTES_MAX: Final = 64 * 1024**2
"""Answers that criteria keep about the names of a model; 1,000 questions about 64,000 names."""

JSON_BODY_BYTES_MAX: Final = 64 * 1024**2
"""One JSON request. 500,000 switch operations take about 50 MB."""

UPLOAD_BYTES_MAX: Final = 16 * 1024**3
"""One uploaded model as it is sent, compressed or not; larger ones are named to `topogroup serve` as files."""

UPLOAD_DISK_FREE_BYTES_MIN: Final = 1024**3
"""What must stay free on the disk while a model is received: the journal needs room more than any upload."""

UPLOADS_WAITING_MAX: Final = 8
"""Models received and not yet read."""

IMPORTS_FAILED_KEPT: Final = 100
"""Failed imports that lists of models still show."""

MODEL_NAME_CHARACTERS_MAX: Final = 256
"""The name of an uploaded model."""

DISK_FREE_BYTES_MIN: Final = 64 * 1024**2
"""Below this the service says that it is not ready, while there is still room to stop in order."""

PAGE_ITEMS_DEFAULT: Final = 100
"""Items of one page of a list where nobody says how many."""

PAGE_ITEMS_MAX: Final = 1_000
"""Items of one page of a list."""

STREAMS_MAX: Final = 500
"""Event streams at once; each costs a connection and a read of the journal for every commit."""

STREAM_EVENTS_PER_READ: Final = 50
"""Events that one stream holds in memory; each names all DER that moved, which may be thousands."""

STREAM_HEARTBEAT_S: Final = 15.0
"""Between two signs of life of a stream without events; proxies give up after 30 to 60 s."""

REQUEST_ID_CHARACTERS_MAX: Final = 100
"""A request id given by a client; a UUID has 36."""

SHUTDOWN_S: Final = 8.0
"""How long requests under way may take once the service was asked to end; all of it is over in 10 s."""

NETWORK_LINE_POINTS_MAX: Final = 20_000
"""Points of lines in one picture, about 400 KB; a larger map is drawn by its sections and switches alone."""

EVENT_PARTS_SHOWN_MAX: Final = 1_000_000
"""The number of a message of one event that may be asked for."""

WATCH_EVERY_S: Final = 2.0
"""Between two looks at disk and journal."""

WATCH_SILENT_S: Final = 15.0
"""A look that takes longer means that the disk hangs."""

ALIAS_BYTES_MAX: Final = 64 * 1024**2
"""One table of aliases: half a million points with long names."""

ALIAS_ROWS_MAX: Final = 1_000_000
"""Aliases of one source; a SCADA system of a large utility has some hundred thousand points."""

ALIAS_SOURCES_MAX: Final = 100
"""Sources with a table of aliases: each is kept in memory."""

PLAN_XML_STEPS_MAX: Final = 20_000
"""Actions of a SwitchingPlan document, a step without any counted as one; those included that are left out."""

PLAN_COMMENT_CHARACTERS_MAX: Final = 1_000
"""Comment of a step that is kept of a SwitchingPlan document; people write a sentence or two."""
