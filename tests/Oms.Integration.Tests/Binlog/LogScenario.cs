using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>What a server is made to log. Each step is a session of its own; all happens in the database <c>d</c>.</summary>
/// <param name="Kinds">Event types that the log must hold for the scenario to show what its name says.</param>
public sealed record LogScenario(string Name, ServerFlavourName Flavour, string[] Options, string[] Steps, BinlogEventType[] Kinds)
{
    private static readonly string[] s_common =
    [
        "CREATE TABLE a (id INT PRIMARY KEY, n BIGINT UNSIGNED, s VARCHAR(200) CHARACTER SET latin1, t TEXT, e ENUM('x','y','z'), st SET('p','q','r'), d DECIMAL(20,5), at DATETIME(3), b VARBINARY(20)) DEFAULT CHARSET utf8mb4",
        "INSERT INTO a VALUES (1, 18446744073709551615, 'grün', 'ты', 'y', 'p,r', -12345.6789, '2024-02-29 23:59:59.123', x'00FF'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
        "INSERT INTO a SELECT id + 10, n, REPEAT('s', 150), REPEAT('t', 500), e, st, d, at, b FROM a",
        "BEGIN; UPDATE a SET n = id * 2; DELETE FROM a WHERE id = 2; SAVEPOINT sp; INSERT INTO a (id) VALUES (99); ROLLBACK TO sp; INSERT INTO a (id, t) VALUES (100, 'kept'); COMMIT",
        "BEGIN; DELETE FROM a; ROLLBACK",
    ];

    private static readonly string[] s_triggers =
    [
        "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(100))",
        "CREATE TRIGGER a_ins AFTER INSERT ON a FOR EACH ROW INSERT INTO log (what) VALUES (CONCAT('ins ', NEW.id)); CREATE TRIGGER a_upd AFTER UPDATE ON a FOR EACH ROW INSERT INTO log (what) VALUES (CONCAT('upd ', NEW.id))",
        "INSERT INTO a (id) VALUES (201), (202); UPDATE a SET t = 'touched' WHERE id > 100; REPLACE INTO a (id, t) VALUES (201, 'replaced'); INSERT INTO a (id, t) VALUES (202, 'x') ON DUPLICATE KEY UPDATE t = 'on duplicate'",
        "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id)); INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2); DELETE FROM c WHERE p = 1; UPDATE a, p SET a.t = 'joined', p.id = p.id + 100 WHERE a.id = 201 AND p.id = 1",
    ];

    private static readonly string[] s_temporary =
    [
        "CREATE TEMPORARY TABLE tmp (id INT PRIMARY KEY, v INT); INSERT INTO tmp VALUES (1, 1), (2, 2); INSERT INTO a (id, n) SELECT id + 300, v FROM tmp; DROP TEMPORARY TABLE tmp; CREATE TEMPORARY TABLE a (id INT); INSERT INTO a VALUES (1)",
    ];

    private static readonly string[] s_xa =
    [
        "XA START 'one', 'phase'; INSERT INTO a (id) VALUES (400); XA END 'one', 'phase'; XA COMMIT 'one', 'phase' ONE PHASE",
        "XA START 'two'; INSERT INTO a (id) VALUES (401); UPDATE a SET t = 'xa' WHERE id = 400; XA END 'two'; XA PREPARE 'two'",
        "XA START x'0011ff', 'b', 7; INSERT INTO a (id) VALUES (402); XA END x'0011ff', 'b', 7; XA PREPARE x'0011ff', 'b', 7",
        "INSERT INTO a (id) VALUES (403)",
        "XA COMMIT 'two'",
        "XA ROLLBACK x'0011ff', 'b', 7",
    ];

    // Every shape of a table ends empty before it is changed: the replay in memory does not convert rows.
    private static readonly string[] s_ddl =
    [
        "CREATE TABLE s (id INT PRIMARY KEY, a INT, b VARCHAR(10)) CHARSET latin1; INSERT INTO s VALUES (1, 1, 'é'); DELETE FROM s",
        "ALTER TABLE s ADD COLUMN c INT UNSIGNED FIRST, DROP COLUMN a, MODIFY b VARCHAR(300) CHARACTER SET utf8mb4, ADD KEY (c); INSERT INTO s VALUES (4294967295, 1, 'ы'); DELETE FROM s",
        "ALTER TABLE s CHANGE b text_b MEDIUMTEXT, ADD e ENUM('a','b') NOT NULL DEFAULT 'b' AFTER c; CREATE INDEX i ON s (e); DROP INDEX i ON s; INSERT INTO s VALUES (1, 'a', 2, 'm'); DELETE FROM s",
        "RENAME TABLE s TO s_new; INSERT INTO s_new VALUES (1, 'b', 3, 'after the rename'); CREATE TABLE copy LIKE s_new; INSERT INTO copy SELECT * FROM s_new; DROP TABLE s_new; ALTER TABLE copy CONVERT TO CHARACTER SET utf8mb4; INSERT INTO copy VALUES (2, 'a', 4, '中文')",
        "CREATE TABLE s (id BIGINT PRIMARY KEY, v DOUBLE); INSERT INTO s VALUES (1, 1.5); TRUNCATE TABLE s; INSERT INTO s VALUES (1, 2.5); CREATE VIEW v AS SELECT * FROM s; CREATE TABLE made (PRIMARY KEY (id)) AS SELECT id, v FROM s",
        "CREATE PROCEDURE pr() INSERT INTO s VALUES (77, 7); CALL pr(); DROP PROCEDURE pr; DROP VIEW v; CREATE DATABASE other CHARACTER SET ascii; CREATE TABLE other.t (id INT PRIMARY KEY, c CHAR(3)); INSERT INTO other.t VALUES (1, 'abc'); ALTER DATABASE other CHARACTER SET utf8mb4; CREATE TABLE other.u (id INT PRIMARY KEY, c CHAR(3)); INSERT INTO other.u VALUES (1, 'ä'); DROP DATABASE other",
    ];

    private static readonly string[] s_json =
    [
        "CREATE TABLE j (id INT PRIMARY KEY, before_it JSON, doc JSON, n INT, other JSON)",
        """INSERT INTO j VALUES (1, '{"k": 1}', '{"a": 1, "b": [1, 2, {"c": "deep"}], "long name": "x", "q\\"uote": true}', 1, NULL), (2, NULL, '[1, 2, 3, "four", {"five": 5.5}]', 2, '{}'), (3, '[]', '"scalar"', 3, '[1]')""",
        """UPDATE j SET doc = JSON_SET(doc, '$.a', 'changed', '$.b[2].c', JSON_OBJECT('new', 'object')) WHERE id = 1""",
        """UPDATE j SET doc = JSON_SET(doc, '$."long name"', REPEAT('y', 300), '$."q\\"uote"', NULL, '$.added', JSON_ARRAY(1, 2, 3)) WHERE id = 1""",
        """UPDATE j SET doc = JSON_REMOVE(doc, '$.b[0]', '$.a'), n = n + 1 WHERE id = 1""",
        """UPDATE j SET doc = JSON_REPLACE(doc, '$[4].five', 6.5, '$[0]', CAST('2024-01-02' AS DATE)), other = JSON_SET(other, '$.x', 1) WHERE id = 2""",
        """UPDATE j SET doc = JSON_SET(doc, '$[5]', 'appended', '$[6]', 'twice'), before_it = '{"whole": "new"}' WHERE id = 2; UPDATE j SET n = n + 10""",
        """UPDATE j SET doc = JSON_SET(doc, '$', 'whole'), other = JSON_SET(other, '$[0]', 2, '$[1]', 3), before_it = NULL WHERE id = 3; DELETE FROM j WHERE id = 2""",
    ];

    /// <summary>All that are recorded.</summary>
    public static IReadOnlyList<LogScenario> All { get; } =
    [
        new(
            "mysql-compressed",
            ServerFlavourName.MySql97,
            ["--binlog-transaction-compression=ON"],
            [.. s_common, .. s_triggers, .. s_temporary],
            [BinlogEventType.TransactionPayload]
        ),
        new(
            "mysql-partial-json",
            ServerFlavourName.MySql97,
            ["--binlog-row-value-options=PARTIAL_JSON"],
            s_json,
            [BinlogEventType.PartialUpdateRows]
        ),
        new(
            "mysql-compressed-partial-json",
            ServerFlavourName.MySql97,
            [
                "--binlog-row-value-options=PARTIAL_JSON",
                "--binlog-transaction-compression=ON",
                "--binlog-row-metadata=FULL",
                "--binlog-checksum=NONE",
            ],
            s_json,
            [BinlogEventType.PartialUpdateRows, BinlogEventType.TransactionPayload]
        ),
        new(
            "mysql-tagged-gtids",
            ServerFlavourName.MySql97,
            [],
            [.. s_common, "SET gtid_next='AUTOMATIC:blue'; INSERT INTO a (id) VALUES (500); INSERT INTO a (id) VALUES (501)"],
            [BinlogEventType.GtidTagged, BinlogEventType.Gtid]
        ),
        new("mysql-xa", ServerFlavourName.MySql97, [], [.. s_common, .. s_xa], [BinlogEventType.XaPrepare]),
        new(
            "mysql-ddl",
            ServerFlavourName.MySql97,
            ["--binlog-rows-query-log-events=ON"],
            [.. s_common, .. s_ddl, .. s_triggers],
            [BinlogEventType.RowsQuery]
        ),
        new(
            "mysql-anonymous",
            ServerFlavourName.MySql97,
            ["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"],
            [.. s_common, .. s_temporary],
            [BinlogEventType.AnonymousGtid]
        ),
        new(
            "mariadb-compressed",
            ServerFlavourName.MariaDb1011,
            ["--log-bin-compress=ON", "--log-bin-compress-min-len=10"],
            [.. s_common, .. s_triggers, .. s_temporary],
            [BinlogEventType.MariaDbWriteRowsCompressedV1, BinlogEventType.MariaDbQueryCompressed, BinlogEventType.MariaDbAnnotateRows]
        ),
        new("mariadb-xa", ServerFlavourName.MariaDb1011, [], [.. s_common, .. s_xa], [BinlogEventType.XaPrepare]),
        new(
            "mariadb-ddl",
            ServerFlavourName.MariaDb1011,
            ["--binlog-annotate-row-events=OFF"],
            [.. s_common, .. s_ddl, .. s_triggers],
            [BinlogEventType.MariaDbGtid, BinlogEventType.MariaDbGtidList]
        ),
        new(
            "mariadb118-full-metadata",
            ServerFlavourName.MariaDb118,
            ["--binlog-row-metadata=FULL"],
            [.. s_common, .. s_ddl, .. s_triggers, .. s_temporary, .. s_xa],
            [BinlogEventType.MariaDbGtid, BinlogEventType.XaPrepare]
        ),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
