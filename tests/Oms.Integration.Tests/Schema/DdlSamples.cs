using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Schema;

/// <summary>DDL statements of all kinds, to be run one after the other in database shop (utf8mb4), beside which there is database other
/// (latin1).</summary>
internal static class DdlSamples
{
    public static IEnumerable<string> Of(ServerFlavourName flavour) =>
        [
            .. Types(),
            .. Attributes(),
            .. Alterations(),
            .. CharacterSets(),
            .. Tables(),
            .. Databases(),
            .. Writing(),
            .. NoEffect(),
            .. flavour == ServerFlavourName.MySql97 ? MySqlOnly() : MariaDbOnly(flavour),
        ];

    private static IEnumerable<string> Types() =>
        [
            """
                CREATE TABLE numbers (a TINYINT, a2 TINYINT(1), a3 BOOL, a4 BOOLEAN NOT NULL, a5 TINYINT(1) UNSIGNED, a6 TINYINT(1) ZEROFILL, a7 TINYINT(4), b INT UNSIGNED, b2 INT(5) ZEROFILL, b3 BIGINT(20), b4 INT ZEROFILL,
                    b5 INTEGER SIGNED, b6 SMALLINT UNSIGNED ZEROFILL, b7 MEDIUMINT(3) UNSIGNED, b8 BIGINT ZEROFILL, b9 INT(0), c YEAR, c2 YEAR(4), d FLOAT, d2 FLOAT(7,3), d3 FLOAT(30), d4 REAL, d5 DOUBLE PRECISION UNSIGNED, d6 FLOAT(24),
                    d7 DOUBLE(9,2) ZEROFILL, d8 FLOAT4, d9 FLOAT8, d10 REAL(5,2), d11 FLOAT(0), e DEC, e2 DECIMAL(5), e3 FIXED(5,2) ZEROFILL, e4 NUMERIC(0), e5 DECIMAL(65,30), e6 DECIMAL(0,0), f BIT, f2 BIT(9),
                    q INT1, q2 INT2 UNSIGNED, q3 INT3, q4 INT4, q5 INT8, q6 MIDDLEINT, r SERIAL)
                """,
            "CREATE TABLE times (g TIMESTAMP, g2 TIMESTAMP(3) NULL, g3 DATETIME(6), g4 TIME(0), g5 DATE, g6 TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP(0) ON UPDATE CURRENT_TIMESTAMP, g7 DATETIME DEFAULT NOW() ON UPDATE NOW(), g8 TIME(6) DEFAULT '00:00:00')",
            """
                CREATE TABLE strings (h CHAR, h2 CHAR(0), h3 VARCHAR(10), h4 CHAR BYTE, h5 VARCHAR(5) BINARY, h6 VARCHAR(5) ASCII, h7 CHAR(3) UNICODE, h8 NATIONAL VARCHAR(3), h9 NCHAR(2), h10 NVARCHAR(7), h11 NATIONAL CHARACTER(4),
                    h12 NCHAR VARCHAR(3), h13 NATIONAL CHAR VARYING(3), h14 CHARACTER VARYING(12), h15 VARCHARACTER(3), h16 CHAR VARYING(4), h17 NCHAR VARYING(3), h18 CHARACTER(5) CHARACTER SET latin1 COLLATE latin1_bin,
                    i TEXT, i2 TEXT(10), i3 TINYTEXT, i4 MEDIUMTEXT, i5 LONGTEXT, i6 LONG, i7 LONG VARCHAR, i8 LONG VARBINARY, i9 TEXT(300) BINARY, i10 TEXT(70000), i11 TEXT(63), i12 TEXT(64), i13 TEXT(16383), i14 TEXT(16384), i15 LONG CHAR VARYING,
                    i16 TEXT(20) CHARACTER SET latin1, i17 TEXT(4194304), j BLOB, j2 BLOB(10), j3 BLOB(70000), j4 TINYBLOB, j5 MEDIUMBLOB, j6 LONGBLOB, j7 BLOB(16777216),
                    n VARCHAR(10) CHARACTER SET binary, n2 CHAR(10) CHARACTER SET binary, n3 TEXT CHARACTER SET binary, n4 ENUM('a','b') CHARACTER SET binary, n5 CHAR(4) CHARSET latin1 BINARY, n6 CHAR(4) BINARY CHARSET latin1, n7 CHAR(3) BINARY ASCII, n8 CHAR(3) UNICODE BINARY,
                    o BINARY, o2 BINARY(16), o3 VARBINARY(20), o4 VARCHAR(0), o5 TEXT BYTE, o6 VARCHAR(5) COLLATE utf8mb4_bin, o7 VARCHAR(9) COLLATE latin1_german1_ci, o8 VARCHAR(9) COLLATE 'latin1_bin', o9 VARCHAR(3) CHARACTER SET 'utf8')
                """,
            """
                CREATE TABLE members (k ENUM('a','b''c','d\\e  ','f,g','é','(',')'), k2 SET('x','yy','zzz'), k3 ENUM('1','2') NOT NULL DEFAULT '1', k4 SET('a') CHARACTER SET latin1, k5 ENUM("dou""ble", 'it\'s', ' lead'), k6 ENUM('Ж€😀'), k7 ENUM(''), k8 ENUM('a','b') COLLATE utf8mb4_bin)
                """,
            "CREATE TABLE shapes (m GEOMETRY, m2 POINT NOT NULL, m3 GEOMETRYCOLLECTION, m4 LINESTRING, m5 POLYGON, m6 MULTIPOINT, m7 MULTILINESTRING, m8 MULTIPOLYGON, SPATIAL INDEX (m2))",
            "CREATE TABLE documents (id INT PRIMARY KEY, doc JSON, doc2 JSON NOT NULL, doc3 JSON DEFAULT NULL)",
        ];

    private static IEnumerable<string> Attributes() =>
        [
            """
                CREATE TABLE IF NOT EXISTS attributes (
                    id INT NOT NULL AUTO_INCREMENT COMMENT 'it''s, (the) id' PRIMARY KEY,
                    a INT DEFAULT -5, b DECIMAL(10,2) DEFAULT 1.5e0, c VARCHAR(20) DEFAULT 'x,y)' COMMENT "c", d INT DEFAULT 0x41, e BIT(3) DEFAULT b'101', f VARCHAR(5) DEFAULT X'41', g INT DEFAULT (1 + (2 * 3)),
                    h INT GENERATED ALWAYS AS (a + 1) VIRTUAL, i INT AS (a * 2) STORED, j INT AS (a) VIRTUAL COMMENT 'gen', k INT UNIQUE KEY, l INT NULL UNIQUE, m VARCHAR(10) DEFAULT _utf8mb4'a' COLLATE utf8mb4_bin,
                    n DATE DEFAULT '2020-01-01', o BOOL DEFAULT TRUE, p INT CHECK (p > 0), r DOUBLE DEFAULT .5, s VARCHAR(9) DEFAULT (CONCAT('a', ')')), t INT NOT NULL DEFAULT 7,
                    u INT REFERENCES early (id) ON DELETE SET NULL ON UPDATE CASCADE, v VARCHAR(10) CHARACTER SET latin1 NOT NULL DEFAULT '' COMMENT '' COLLATE latin1_bin, w INT NOT NULL NOT NULL,
                    INDEX by_a (a DESC) COMMENT 'a, b', KEY (c(5), b), UNIQUE KEY de (d, e), CONSTRAINT named UNIQUE (f), CONSTRAINT FOREIGN KEY (t) REFERENCES early (id) ON DELETE RESTRICT, FULLTEXT (s), CHECK (a <> b), CONSTRAINT c1 CHECK (a < 10)
                ) ENGINE=InnoDB AUTO_INCREMENT 7, DEFAULT CHARSET = utf8mb4 ROW_FORMAT=DYNAMIC COMMENT='a table; with (all)' STATS_PERSISTENT=DEFAULT KEY_BLOCK_SIZE 0
                """,
            "CREATE TABLE pk1 (a INT, b INT NULL, c INT DEFAULT 1, PRIMARY KEY (c, a))",
            "CREATE TABLE pk2 (a INT, b VARCHAR(300), CONSTRAINT named PRIMARY KEY USING BTREE (b(20) DESC) COMMENT 'x')",
            "CREATE TABLE pk3 (`id` INT SERIAL DEFAULT VALUE, x INT)",
            "CREATE TABLE pk4 (id INT KEY, KEY x (id))",
            "CREATE TABLE `od``d name` (`sel ect` INT, `a.b` INT, `c``d` INT, `Ж` INT, 1st INT, $x INT, _y INT, `key` INT, date DATE, `time` TIME, status INT, type INT, comment INT, format INT, value INT, serial INT, period INT)",
            "CREATE TABLE shop.qualified (shop INT)",
            "CREATE TABLE `shop` . `spaced` (a INT)",
            "CREATE TABLE parts (id INT, at DATE NOT NULL, PRIMARY KEY (id, at)) ENGINE=InnoDB PARTITION BY RANGE (YEAR(at)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (2000) COMMENT 'old', PARTITION p1 VALUES LESS THAN MAXVALUE)",
            "CREATE TABLE hashed (id INT) PARTITION BY HASH(id) PARTITIONS 4",
        ];

    private static IEnumerable<string> Alterations() =>
        [
            "CREATE TABLE a (id INT PRIMARY KEY, b INT, c VARCHAR(10), d DATETIME)",
            "ALTER TABLE a ADD COLUMN e INT",
            "ALTER TABLE a ADD f INT NOT NULL FIRST",
            "ALTER TABLE a ADD g INT AFTER b, ADD COLUMN h VARCHAR(5) AFTER g",
            "ALTER TABLE a ADD COLUMN (i INT, j TEXT NOT NULL, KEY (h))",
            "ALTER TABLE a ADD (k INT)",
            "ALTER TABLE a DROP COLUMN i, DROP j, ADD COLUMN i BIGINT",
            "ALTER TABLE a MODIFY c VARCHAR(20) NOT NULL",
            "ALTER TABLE a MODIFY COLUMN c VARCHAR(30) AFTER id",
            "ALTER TABLE a MODIFY id BIGINT UNSIGNED",
            "ALTER TABLE a CHANGE id id2 INT AUTO_INCREMENT",
            "ALTER TABLE a CHANGE COLUMN b bb DECIMAL(5,1) FIRST",
            "ALTER TABLE a RENAME COLUMN bb TO b, RENAME COLUMN id2 TO id",
            "ALTER TABLE a RENAME COLUMN g TO h, RENAME COLUMN h TO g",
            "ALTER TABLE a MODIFY d DATETIME(6) FIRST, MODIFY e INT AFTER d, ADD COLUMN l INT AFTER e, DROP COLUMN f",
            "ALTER TABLE a ADD COLUMN m INT AFTER l, MODIFY l BIGINT AFTER h, CHANGE k kk INT AFTER m",
            "ALTER TABLE a ADD INDEX by_c (c), ADD UNIQUE (e), ADD CONSTRAINT fk FOREIGN KEY (e) REFERENCES a (id)",
            "ALTER TABLE a ALTER COLUMN e SET DEFAULT 5, ALTER m DROP DEFAULT, ALTER COLUMN c SET DEFAULT 'x'",
            "ALTER TABLE a DROP FOREIGN KEY fk, DROP INDEX by_c",
            "ALTER TABLE a MODIFY id INT, DROP PRIMARY KEY",
            "ALTER TABLE a MODIFY id INT NULL",
            "ALTER TABLE a ADD PRIMARY KEY (id, e)",
            "ALTER TABLE a DROP PRIMARY KEY, ADD PRIMARY KEY (id)",
            "ALTER TABLE a DROP COLUMN e",
            "ALTER TABLE a ADD COLUMN gen INT AS (m + 1) STORED AFTER m, ADD COLUMN gen2 INT GENERATED ALWAYS AS (m) VIRTUAL",
            "ALTER TABLE a DROP COLUMN gen2, DROP COLUMN gen",
            "ALTER TABLE a ENGINE=InnoDB, COMMENT 'x, y', AUTO_INCREMENT=100",
            "ALTER TABLE a FORCE",
            "ALTER TABLE a ORDER BY c, d",
            "ALTER TABLE a DISABLE KEYS",
            "ALTER TABLE a ADD COLUMN n INT, ALGORITHM=INSTANT",
            "ALTER TABLE a ADD COLUMN o INT COMMENT 'semi;colon' , ALGORITHM = DEFAULT , LOCK = DEFAULT",
            "ALTER TABLE a ADD INDEX e2 (n)",
            "ALTER TABLE a RENAME INDEX e2 TO e3",
            "ALTER TABLE a DROP KEY e3",
            "ALTER TABLE a RENAME TO a2",
            "ALTER TABLE a2 RENAME AS other.a3, ADD COLUMN p INT",
            "ALTER TABLE other.a3 ADD COLUMN q VARCHAR(10)",
            "RENAME TABLE other.a3 TO a",
            "ALTER TABLE a ADD COLUMN `or` INT, ADD COLUMN r ENUM('x','y') DEFAULT 'x', ADD COLUMN s SET('1','2') AFTER r",
            "ALTER TABLE a MODIFY r ENUM('x','y','a longer one')",
            "ALTER TABLE a ADD COLUMN t POINT, ADD COLUMN u JSON, ADD COLUMN v BLOB, ADD COLUMN w LONGTEXT",
            "ALTER TABLE a MODIFY v LONGBLOB, MODIFY w TINYTEXT",
            "ALTER TABLE parts ADD COLUMN x INT",
            "ALTER TABLE hashed COALESCE PARTITION 1",
            "ALTER TABLE hashed ADD PARTITION PARTITIONS 2",
            "ALTER TABLE parts TRUNCATE PARTITION p0",
            "CREATE TABLE plain (id INT)",
            "ALTER TABLE hashed REMOVE PARTITIONING",
            "ALTER TABLE hashed PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))",
            "ALTER TABLE hashed EXCHANGE PARTITION p0 WITH TABLE plain",
            "ALTER TABLE hashed REORGANIZE PARTITION p0, p1 INTO (PARTITION p2 VALUES LESS THAN (30))",
            "ALTER TABLE hashed ADD PARTITION (PARTITION p3 VALUES LESS THAN (40), PARTITION p4 VALUES LESS THAN (50))",
            "ALTER TABLE hashed DROP PARTITION p3, p4",
        ];

    private static IEnumerable<string> CharacterSets() =>
        [
            "CREATE TABLE cs (a VARCHAR(10), b TEXT, c VARCHAR(10) CHARACTER SET utf8mb4, d CHAR(5) COLLATE utf8mb4_bin, e ENUM('x','yy'), f TINYTEXT, g MEDIUMTEXT, h BLOB, i VARCHAR(9) CHARACTER SET ascii, j LONGTEXT, k SET('a','b'), l VARBINARY(5), m JSON) DEFAULT CHARSET latin1",
            "ALTER TABLE cs ADD COLUMN n VARCHAR(5)",
            "ALTER TABLE cs DEFAULT CHARACTER SET utf8mb4",
            "ALTER TABLE cs ADD COLUMN o VARCHAR(5), MODIFY a VARCHAR(11)",
            "ALTER TABLE cs COLLATE latin1_bin",
            "ALTER TABLE cs ADD COLUMN p VARCHAR(5), ADD q TEXT",
            "ALTER TABLE cs CHARSET = utf8mb4 COLLATE = utf8mb4_bin, ADD COLUMN r CHAR(3)",
            "ALTER TABLE cs ADD s CHAR(3) CHARACTER SET utf8mb4",
            "ALTER TABLE cs DROP COLUMN m",
            "ALTER TABLE cs CONVERT TO CHARACTER SET utf8mb4",
            "ALTER TABLE cs CONVERT TO CHARACTER SET latin1",
            "ALTER TABLE cs CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, ADD COLUMN t VARCHAR(3)",
            "ALTER TABLE cs CONVERT TO CHARACTER SET utf8",
            "ALTER TABLE cs DROP COLUMN e, DROP COLUMN k, CONVERT TO CHARACTER SET ucs2",
            "ALTER TABLE cs CONVERT TO CHARACTER SET utf16",
            "CREATE TABLE cs2 (a VARCHAR(10), b TEXT, c CHAR(3) BINARY) COLLATE latin1_german2_ci",
            "CREATE TABLE cs3 (a VARCHAR(10), b ENUM('a') ) CHARACTER SET binary",
            "CREATE TABLE cs4 (a VARCHAR(10), b CHAR(3) CHARACTER SET utf8mb4, c CHAR(4) CHARACTER SET utf8mb3) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            "CREATE TABLE other.cs5 (a VARCHAR(10), b TEXT(100))",
            "CREATE TABLE cs6 (a VARCHAR(10) CHARACTER SET gbk, b CHAR(3) CHARACTER SET sjis, c TEXT CHARACTER SET utf16, d CHAR(2) CHARACTER SET utf32, e CHAR(2) CHARACTER SET big5, f VARCHAR(5) CHARACTER SET ujis, g CHAR(3) CHARACTER SET euckr)",
            "CREATE TABLE cs7 (a TEXT CHARACTER SET utf8mb4, b TINYTEXT CHARACTER SET utf8mb4, c MEDIUMTEXT, d VARCHAR(100), e CHAR(10), f SET('a','bb') )",
            "ALTER TABLE cs7 CONVERT TO CHARACTER SET latin1",
            "ALTER TABLE cs7 CONVERT TO CHARACTER SET utf8mb4",
            "CREATE TABLE cs8 (a CHAR(3)) COLLATE = utf8mb4_bin CHARSET = utf8mb4",
            "CREATE TABLE words (a DECIMAL(19.5), b INT(5.7), c VARCHAR(10.5), d CHAR(1)) DEFAULT CHAR SET=utf8 DEFAULT COLLATE utf8_bin",
            "SET sql_mode=''; CREATE TABLE cs9 (a VARCHAR(20000), b VARBINARY(70000), c VARCHAR(16383) CHARACTER SET latin1, d VARCHAR(5000000), e VARCHAR(65536) CHARACTER SET latin1)",
        ];

    private static IEnumerable<string> Tables() =>
        [
            "CREATE TABLE like1 LIKE strings",
            "CREATE TABLE like2 (LIKE attributes)",
            "CREATE TABLE IF NOT EXISTS like2 LIKE times",
            "CREATE TABLE IF NOT EXISTS a (other INT)",
            "CREATE TABLE other.like3 LIKE shop.members",
            "RENAME TABLE like1 TO like4, like2 TO like1, like4 TO like2",
            "RENAME TABLE like1 TO other.moved, other.like3 TO like3",
            "CREATE TABLE gone (a INT)",
            "DROP TABLE gone",
            "CREATE TABLE gone (b INT)",
            "DROP TABLE IF EXISTS gone, never",
            "CREATE TABLE x1 (a INT); CREATE TABLE x2 (a INT); DROP TABLES x1, shop.x2",
            "CREATE TABLE selected SELECT id, c, d, 1 AS one, 'x' AS x, NOW() AS at FROM a",
            "CREATE TABLE selected2 (z INT, c VARCHAR(50)) ENGINE=InnoDB SELECT c FROM a",
            "CREATE TABLE selected3 AS SELECT * FROM members",
            "INSERT INTO plain (id) VALUES (1); CREATE TABLE selected4 (id INT AUTO_INCREMENT PRIMARY KEY) SELECT a, b3 FROM numbers",
            "TRUNCATE TABLE plain; TRUNCATE cs",
            "CREATE TEMPORARY TABLE temp1 (a INT); ALTER TABLE temp1 ADD b INT; DROP TEMPORARY TABLE temp1",
            "CREATE TEMPORARY TABLE a (only INT); ALTER TABLE a ADD b INT; DROP TEMPORARY TABLE a",
            "CREATE TABLE swap (a INT); CREATE TABLE _swap_gho LIKE swap; ALTER TABLE _swap_gho ADD COLUMN b INT; RENAME TABLE swap TO _swap_del, _swap_gho TO swap; DROP TABLE _swap_del",
            "BEGIN; INSERT INTO plain (id) VALUES (2); COMMIT; BEGIN; INSERT INTO plain (id) VALUES (2); CREATE TABLE implicit (a INT)",
        ];

    private static IEnumerable<string> Databases() =>
        [
            "CREATE DATABASE fresh",
            "CREATE TABLE fresh.t (a VARCHAR(10))",
            "ALTER DATABASE fresh CHARACTER SET latin1",
            "CREATE TABLE fresh.t2 (a VARCHAR(10))",
            "ALTER SCHEMA fresh COLLATE = utf8mb4_bin",
            "CREATE TABLE fresh.t3 (a VARCHAR(10))",
            "ALTER TABLE fresh.t ADD b VARCHAR(10)",
            "USE fresh; ALTER DATABASE DEFAULT CHARACTER SET = latin1 DEFAULT COLLATE latin1_bin; CREATE TABLE t4 (a VARCHAR(1))",
            "CREATE DATABASE IF NOT EXISTS fresh CHARACTER SET ucs2",
            "CREATE TABLE fresh.t5 (a VARCHAR(1))",
            "USE fresh; CREATE TABLE shop.from_fresh (a VARCHAR(1)); CREATE TABLE t6 LIKE shop.a",
            "DROP DATABASE fresh",
            "CREATE SCHEMA fresh DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci",
            "CREATE TABLE fresh.t (a VARCHAR(10))",
            "SET collation_server=latin1_bin; CREATE DATABASE fresh2; CREATE TABLE fresh2.t (a CHAR(1)); DROP DATABASE IF EXISTS fresh",
        ];

    private static IEnumerable<string> Writing() =>
        [
            "/* before */ CREATE /* here */ TABLE -- and\n w1 # so\n (a INT /* , b INT */, -- c INT\n d INT)",
            "CREATE TABLE w2 (a INT /*!50100 , b INT */ /*!99999 , c INT */ /*!999999 , d INT */ /*! , e INT */ /*!80023 INVISIBLE */)",
            "CREATE TABLE w2b (a INT /*M! , b INT */ /*M!100301 , c INT */ /*M!990000 , d INT */ /*!50699 , e INT */ /*!50700 , f INT */ /*!100000 , g INT */)",
            "/*!50000 CREATE TABLE w2c (a INT) */",
            "SET sql_mode='ANSI_QUOTES'; CREATE TABLE \"w3\" (\"a b\" INT, \"c\"\"d\" INT DEFAULT '1')",
            "SET sql_mode='NO_BACKSLASH_ESCAPES'; CREATE TABLE w4 (a VARCHAR(10) DEFAULT '\\', b ENUM('x\\', 'y'), c INT)",
            "SET sql_mode='REAL_AS_FLOAT'; CREATE TABLE w5 (a REAL, b REAL(5,2))",
            "create table w6(a int,b int)engine=innodb default charset=utf8mb4",
            "CREATE TABLE w7 (a INT);",
            "SET NAMES latin1; CREATE TABLE w8 (a ENUM('x'), b INT)",
            "CREATE TABLE w10 (a INT) COMMENT 'multi\nline; CREATE TABLE evil (b INT)'",
            "CREATE TABLE w11 (a INT DEFAULT 1, b VARCHAR(10) DEFAULT 'a' 'b', d INT DEFAULT +1, e INT DEFAULT FALSE, f TIMESTAMP DEFAULT '2020-01-01 00:00:00', g CHAR(1) DEFAULT n'a')",
            "ALTER TABLE `w11` add `h` int,add column`i`int after`a`",
        ];

    private static IEnumerable<string> NoEffect() =>
        [
            "CREATE INDEX by_b ON w1 (a); DROP INDEX by_b ON w1; CREATE UNIQUE INDEX u ON w1 (a, d); CREATE FULLTEXT INDEX ft ON strings (i)",
            "CREATE VIEW v AS SELECT a FROM w1; CREATE OR REPLACE ALGORITHM=MERGE DEFINER=root@localhost SQL SECURITY INVOKER VIEW v AS SELECT a, d FROM w1; ALTER VIEW v AS SELECT d FROM w1; DROP VIEW v",
            "CREATE TRIGGER tr BEFORE INSERT ON w1 FOR EACH ROW SET NEW.a = 1; DROP TRIGGER tr",
            "CREATE DEFINER=`root`@`localhost` PROCEDURE p() CREATE TABLE never (a INT); DROP PROCEDURE p; CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1; DROP FUNCTION IF EXISTS f",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DROP TABLE never; ALTER EVENT e DISABLE; DROP EVENT e",
            "CREATE USER u@localhost IDENTIFIED BY 'secret-A1'; GRANT SELECT ON shop.* TO u@localhost; ALTER USER u@localhost IDENTIFIED BY 'secret-B2'; RENAME USER u@localhost TO u2@localhost; REVOKE ALL ON shop.* FROM u2@localhost; DROP USER u2@localhost; CREATE ROLE r; DROP ROLE r",
            "ANALYZE TABLE w1; OPTIMIZE TABLE w1; FLUSH TABLES; CREATE TABLE pktest (id INT PRIMARY KEY); DROP INDEX `PRIMARY` ON pktest; ALTER TABLE pktest ADD PRIMARY KEY (id); ALTER TABLE pktest DROP INDEX `PRIMARY`",
        ];

    private static IEnumerable<string> MySqlOnly() =>
        [
            "CREATE TABLE m1 (v VECTOR(3) NOT NULL, v2 VECTOR, g GEOMCOLLECTION, p POINT SRID 4326 NOT NULL, i INT INVISIBLE, j JSON DEFAULT (JSON_ARRAY()), KEY ((i + 1)), KEY e ((CAST(j->'$.a' AS CHAR(10) ARRAY))), c VARCHAR(5) COLUMN_FORMAT FIXED STORAGE DISK)",
            "ALTER TABLE m1 ALTER COLUMN i SET VISIBLE, ALTER INDEX e INVISIBLE, ADD CONSTRAINT ch CHECK (i > 0) NOT ENFORCED",
            "ALTER TABLE m1 ALTER CHECK ch ENFORCED; ALTER TABLE m1 DROP CHECK ch",
            "ALTER TABLE m1 RENAME COLUMN c TO cc, ADD COLUMN (d INT, e2 INT)",
            "SET explicit_defaults_for_timestamp=0; CREATE TABLE m2 (a TIMESTAMP, b TIMESTAMP NULL, c TIMESTAMP NOT NULL DEFAULT '2020-01-01')",
            "SET explicit_defaults_for_timestamp=0; ALTER TABLE m2 ADD d TIMESTAMP NULL, ADD e TIMESTAMP DEFAULT '2020-01-01', ADD f INT",
            "SET default_collation_for_utf8mb4=utf8mb4_general_ci; CREATE TABLE m3 (a CHAR(1), b CHAR(1) CHARACTER SET utf8mb4) CHARSET utf8mb4; CREATE DATABASE m CHARACTER SET utf8mb4; CREATE TABLE m.t (a CHAR(1))",
            "SET sql_generate_invisible_primary_key=ON; CREATE TABLE m4 (a INT, b VARCHAR(3)); CREATE TABLE m5 SELECT 1 AS a",
            "ALTER TABLE m4 ALTER COLUMN my_row_id SET VISIBLE",
            "CREATE TABLE m6 (a INT, b INT, UNIQUE KEY (a))",
            "CREATE TABLE m7 (a INT) ENCRYPTION='N' COMPRESSION='NONE' AUTOEXTEND_SIZE=4M TABLESPACE=innodb_file_per_table",
            "ALTER TABLE m7 TABLESPACE innodb_system",
            "CREATE TABLE m8 (a INT, PRIMARY KEY (a)); ALTER TABLE m8 DROP CONSTRAINT `PRIMARY`",
            "ALTER TABLE m8 ADD COLUMN b VARCHAR(10), ADD PRIMARY KEY (b), ALGORITHM=INPLACE, LOCK=NONE",
            "ALTER DATABASE other READ ONLY = 1; ALTER DATABASE other READ ONLY = 0",
        ];

    private static IEnumerable<string> MariaDbOnly(ServerFlavourName flavour) =>
        [
            "CREATE TABLE m1 (a INET4, b INET6, c UUID, d VARCHAR(10) COMPRESSED, e BLOB COMPRESSED, f TEXT COMPRESSED=zlib DEFAULT 'x', g INT INVISIBLE, h TEXT(100) COMPRESSED, i TEXT(10) COMPRESSED NOT NULL, j YEAR(2), l INT AS (g + 1) PERSISTENT, m VARCHAR(36) DEFAULT UUID())",
            "CREATE OR REPLACE TABLE m1 (a INT NULL PRIMARY KEY, b INT NULL AUTO_INCREMENT UNIQUE, c BIT(0))",
            "ALTER TABLE IF EXISTS m1 ADD COLUMN IF NOT EXISTS a INT, ADD COLUMN IF NOT EXISTS d VARCHAR(3) AFTER a, DROP COLUMN IF EXISTS zz, MODIFY COLUMN IF EXISTS c BIT(5), CHANGE COLUMN IF EXISTS yy y INT, RENAME COLUMN IF EXISTS xx TO x",
            "ALTER TABLE IF EXISTS missing ADD a INT",
            "ALTER TABLE m1 NOWAIT ADD e INT",
            "ALTER TABLE m1 WAIT 5 ADD COLUMN (f INT, g INT), DROP COLUMN IF EXISTS e",
            "RENAME TABLE IF EXISTS missing TO present, m1 WAIT 3 TO m1b",
            "CREATE TABLE m2 (a INT) WITH SYSTEM VERSIONING",
            "SET system_versioning_alter_history=KEEP; ALTER TABLE m2 ADD COLUMN b INT",
            "ALTER TABLE m2 DROP SYSTEM VERSIONING",
            "ALTER TABLE m2 ADD SYSTEM VERSIONING",
            "CREATE TABLE m3 (a INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING",
            "CREATE TABLE m4 (a INT WITH SYSTEM VERSIONING, b INT WITHOUT SYSTEM VERSIONING)",
            "CREATE TABLE m5 (a INT, s DATE, e DATE, PERIOD FOR valid (s, e))",
            "ALTER TABLE m5 DROP PERIOD FOR valid",
            "SET explicit_defaults_for_timestamp=0; CREATE TABLE m6 (a TIMESTAMP, b TIMESTAMP NULL, c TIMESTAMP NOT NULL DEFAULT '2020-01-01', d TIMESTAMP AS (NOW()) VIRTUAL)",
            "SET explicit_defaults_for_timestamp=0; ALTER TABLE m6 ADD e TIMESTAMP DEFAULT '2020-01-01'",
            "CREATE SEQUENCE s START WITH 5; ALTER SEQUENCE s RESTART 7; CREATE TABLE m7 (a INT DEFAULT NEXT VALUE FOR s, b INT DEFAULT NEXTVAL(s)); DROP TABLE m7; DROP SEQUENCE s",
            "SET old_mode=''; CREATE TABLE m8 (a INT)",
            "SET SESSION binlog_alter_two_phase=ON; ALTER TABLE m8 ADD COLUMN b INT; ALTER TABLE m8 ADD COLUMN c INT, DROP COLUMN b",
            "CREATE TABLE m9 (a VARCHAR(10) CHARACTER SET utf8mb4 COLLATE uca1400_ai_ci, b VARCHAR(3) COLLATE uca1400_as_ci, c CHAR(3) CHARACTER SET utf8mb3 COLLATE uca1400_ai_cs) PAGE_CHECKSUM=1 TRANSACTIONAL=0",
            "CREATE TABLE m10 (a INT, b JSON) ENGINE=Aria; ALTER TABLE m10 MODIFY b JSON NOT NULL",
            "ALTER TABLE m10 CONVERT TO CHARACTER SET latin1",
            "CREATE TABLE words1 (a CHAR(1)) `PAGE_COMPRESSED`=OFF COMMENT 'w'",
            "CREATE TABLE m11 (id INT) PARTITION BY LIST (id) (PARTITION p1 VALUES IN (1), PARTITION p2 VALUES IN (2))",
            .. flavour == ServerFlavourName.MariaDb118
                ?
                [
                    "CREATE TABLE n1 (v VECTOR(3) NOT NULL, VECTOR INDEX (v)); ALTER TABLE n1 ADD w VECTOR(5)",
                    "SET character_set_collations='utf8mb4=utf8mb4_bin'; CREATE TABLE n2 (a CHAR(1) CHARACTER SET utf8mb4, b CHAR(1) CHARACTER SET latin1) CHARSET utf8mb4",
                    "SET character_set_collations=''; CREATE TABLE n3 (a CHAR(1) CHARACTER SET utf8mb4, b CHAR(1) CHARACTER SET ucs2); CREATE DATABASE n CHARACTER SET utf8mb4; CREATE TABLE n.t (a CHAR(1))",
                ]
                : (IEnumerable<string>)[],
        ];
}
