using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Links;
using Oms.Integration.Tests.Servers;
using Oms.Precheck;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>Schema migration, full migration and verification from OceanBase's kernel: every clause that its SHOW CREATE TABLE prints.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class KernelSourceTests(ServersByFlavour servers)
{
    private const string Everywhere = """
        CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(20) NOT NULL, UNIQUE KEY uc (code), KEY dk (code DESC)) COMMENT 'it''s';
        CREATE TABLE every_type (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, ti TINYINT, tu TINYINT UNSIGNED, b1 TINYINT(1), si SMALLINT, mi MEDIUMINT UNSIGNED ZEROFILL,
          i INT(7), bi BIGINT, de DECIMAL(65,30), nu NUMERIC(10,2) DEFAULT 1.50, fl FLOAT, f2 FLOAT(7,3), dbl DOUBLE, bt BIT(64), yr YEAR,
          da DATE DEFAULT '2020-01-01', ti6 TIME(6), dt DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
          ts TIMESTAMP NULL DEFAULT NULL, ts2 TIMESTAMP(3) NOT NULL DEFAULT '2001-01-01 00:00:00.000', ch CHAR(10),
          vc VARCHAR(300) COLLATE utf8mb4_general_ci DEFAULT 'x''y\\', bn BINARY(8), vb VARBINARY(400), tt TINYTEXT, tx TEXT, mt MEDIUMTEXT, lt LONGTEXT,
          tb TINYBLOB, bl BLOB, mb MEDIUMBLOB, lb LONGBLOB, en ENUM('a','b','') DEFAULT 'a', st SET('x','y','z') DEFAULT 'x,z', js JSON, ge GEOMETRY, po POINT,
          g1 INT GENERATED ALWAYS AS (i + 1) VIRTUAL, g2 VARCHAR(400) GENERATED ALWAYS AS (CONCAT(vc, '!')) STORED, inv INT INVISIBLE DEFAULT 5,
          PRIMARY KEY (id), KEY k1 (i, vc(20)), KEY k2 (si) COMMENT 'a key', UNIQUE KEY u1 (bi)) AUTO_INCREMENT = 1002;
        CREATE TABLE child (id INT PRIMARY KEY, pid INT, qty INT, CONSTRAINT fk1 FOREIGN KEY (pid) REFERENCES parent (id) ON DELETE RESTRICT ON UPDATE NO ACTION,
          CHECK (qty > 0), CONSTRAINT named CHECK (qty < 100000));
        CREATE TABLE locals (id INT PRIMARY KEY, v INT, s VARCHAR(10), KEY gl (v) GLOBAL, KEY lo (s) LOCAL, KEY iv (v, s) INVISIBLE);
        CREATE TABLE ft (id INT PRIMARY KEY, t TEXT, FULLTEXT KEY ft (t) WITH PARSER space);
        CREATE TABLE sp (id INT PRIMARY KEY, g GEOMETRY NOT NULL SRID 0, SPATIAL KEY sk (g));
        CREATE TABLE p_hash (id INT PRIMARY KEY, v INT) PARTITION BY HASH(id) PARTITIONS 3;
        CREATE TABLE p_key (id INT, s VARCHAR(20), PRIMARY KEY (id, s)) PARTITION BY KEY(s) PARTITIONS 2;
        CREATE TABLE p_range (id INT, t DATE, PRIMARY KEY (id, t)) PARTITION BY RANGE COLUMNS(t) SUBPARTITION BY HASH(id) SUBPARTITIONS 2
          (PARTITION p0 VALUES LESS THAN ('2020-01-01'), PARTITION p1 VALUES LESS THAN (MAXVALUE));
        CREATE TABLE p_list (id INT, k VARCHAR(10), PRIMARY KEY (id, k)) PARTITION BY LIST COLUMNS (k) (PARTITION a VALUES IN ('x','y'), PARTITION b VALUES IN ('z'));
        CREATE TABLE odd (`key` INT PRIMARY KEY, `Sel_ect` VARCHAR(5) DEFAULT 'ü');
        CREATE TABLE heap (id INT PRIMARY KEY, v INT) ORGANIZATION HEAP;
        CREATE VIEW v1 AS SELECT id, code, LENGTH('ü') AS l FROM parent WHERE code <> 'x';
        INSERT INTO parent VALUES (1, 'one'), (2, 'zwei ü');
        INSERT INTO every_type (id) VALUES (7);
        INSERT INTO every_type VALUES (8, -128, 255, 1, -32768, 16777215, 5, 9223372036854775807, 12345678901234567890123456789012345.123456789012345678901234567890, -1.25, 1.17549e-38, 3.125, 1.7976931348623157e308,
          b'1111111111111111111111111111111111111111111111111111111111111111', 2155, '1000-01-01', '-838:59:59.000000', '9999-12-31 23:59:59.999999', '2037-12-31 00:00:00', '1971-01-01 00:00:01.001',
          'ä ', 'Z\\''\n', X'00FF', X'', 't', '北京', 'm', 'l', X'01', X'0200', X'03', X'04', '', 'y', '{"b": [1, 2.50, null], "a": "ü\\""}', ST_GeomFromText('LINESTRING(0 0, 1 1)'), ST_GeomFromText('POINT(1 2)'), DEFAULT, DEFAULT);
        INSERT INTO child VALUES (1, 1, 5), (2, NULL, 7);
        INSERT INTO locals VALUES (1, 2, 'three');
        INSERT INTO ft VALUES (1, 'some words');
        INSERT INTO sp VALUES (1, ST_GeomFromText('POINT(3 4)'));
        INSERT INTO p_hash VALUES (1, 1), (2, 2), (3, 3), (4, 4);
        INSERT INTO p_key VALUES (1, 'a'), (2, 'b');
        INSERT INTO p_range VALUES (1, '2019-01-01'), (2, '2021-01-01');
        INSERT INTO p_list VALUES (1, 'x'), (2, 'z');
        INSERT INTO odd VALUES (1, 'ö');
        INSERT INTO heap VALUES (2, 1), (1, 2);
        """;

    [Theory]
    [ServerData(ServerFlavourName.OceanBase, ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.OceanBase, ServerFlavourName.MySql97)]
    public async Task Every_table_of_the_kernel_is_made_and_copied(ServerFlavourName source, ServerFlavourName destination)
    {
        await using var link = await LinkAsync(source, destination, "torture", Everywhere);
        Assert.Empty((await link.PrecheckAsync()).Where(i => i.Result == PrecheckResult.Failed).Select(i => $"{i.Name}: {i.Detail}"));
        await link.CopyAsync();

        Assert.DoesNotMatch("[1-9][0-9]* of", await link.DifferencesAsync());
        const string columns =
            "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE, COLLATION_NAME, IF(DATA_TYPE LIKE '%char' OR DATA_TYPE LIKE '%binary', CHARACTER_MAXIMUM_LENGTH, NULL), "
            + "IF(DATA_TYPE = 'decimal', NUMERIC_SCALE, NULL), IF(DATA_TYPE LIKE '%time%', DATETIME_PRECISION, NULL) FROM information_schema.COLUMNS "
            + "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> 'v1' AND DATA_TYPE NOT IN ('json', 'longtext', 'geometry', 'point') ORDER BY BINARY TABLE_NAME, ORDINAL_POSITION";
        Assert.Equal(await link.SourceAsync(columns), await link.DestinationAsync(columns));
        const string keys =
            "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT IN ('ft', 'sp', 'child') ORDER BY BINARY TABLE_NAME, BINARY INDEX_NAME, SEQ_IN_INDEX";
        Assert.Equal(await link.SourceAsync(keys), await link.DestinationAsync(keys));
        Assert.Equal(
            "2",
            await link.DestinationAsync(
                "SELECT COUNT(*) FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND (CONSTRAINT_NAME = 'named' OR CONSTRAINT_NAME LIKE 'child_OBCHECK%')"
            )
        );
        Assert.Equal(
            "p0|p0sp0\np0|p0sp1\np1|p1sp0\np1|p1sp1",
            await link.DestinationAsync(
                "SELECT PARTITION_NAME, SUBPARTITION_NAME FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'p_range' ORDER BY 1, 2"
            )
        );
        Assert.Equal(await link.SourceAsync("SELECT * FROM v1 ORDER BY id"), await link.DestinationAsync("SELECT * FROM v1 ORDER BY id"));
    }

    [Theory]
    [ServerData(ServerFlavourName.OceanBase, ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.OceanBase, ServerFlavourName.MySql97)]
    public async Task What_only_OceanBase_has_is_named_before_anything_is_made(ServerFlavourName source, ServerFlavourName destination)
    {
        await using var link = await LinkAsync(
            source,
            destination,
            "own",
            """
            CREATE TABLE good (id INT PRIMARY KEY);
            CREATE TABLE vec (id INT PRIMARY KEY, v VECTOR(3), VECTOR INDEX vi (v) WITH (DISTANCE=L2, TYPE=HNSW, LIB=VSAG));
            CREATE TABLE other (id INT, k INT, PRIMARY KEY (id, k)) PARTITION BY LIST (k) (PARTITION a VALUES IN (1, 2), PARTITION b VALUES IN (DEFAULT));
            CREATE TABLE quoted (id INT PRIMARY KEY, e ENUM('it''s', 'x'));
            CREATE TABLE gram (id INT PRIMARY KEY, t TEXT, FULLTEXT KEY (t) WITH PARSER beng);
            """
        );
        var found = string.Join('\n', (await link.PrecheckAsync()).Where(i => i.Result == PrecheckResult.Failed).Select(i => i.Detail));
        Assert.Contains(".vec: ", found, StringComparison.Ordinal);
        Assert.Contains(".quoted: ", found, StringComparison.Ordinal);
        Assert.Contains(".gram: it says WITH PARSER", found, StringComparison.Ordinal);
        Assert.Equal(destination == ServerFlavourName.MySql97, found.Contains(".other: it says ", StringComparison.Ordinal));
        Assert.DoesNotContain(".good", found, StringComparison.Ordinal);
    }

    private async Task<ProductLink> LinkAsync(ServerFlavourName source, ServerFlavourName destination, string name, string schema)
    {
        var (a, b) = (await servers.GetAsync(source), await servers.GetAsync(destination));
        var database = $"{name}_{source}_{destination}".ToLowerInvariant();
        await a.SqlAsync(
            $"SET NAMES utf8mb4; SET time_zone = '+00:00'; CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE {database}; {schema}"
        );
        return new ProductLink(a, b, database, MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Verification);
    }
}
