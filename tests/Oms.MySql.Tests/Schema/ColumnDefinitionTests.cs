using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>A column's definition, and what information_schema shows of it: DATA_TYPE, COLUMN_TYPE, collation, octets, NULL.</summary>
public class ColumnDefinitionTests
{
    [Theory]
    [InlineData("INT", "int int - - null")]
    [InlineData("INT(11) NOT NULL", "int int - - not null")]
    [InlineData("TINYINT(1)", "tinyint tinyint(1) - - null")]
    [InlineData("TINYINT(1) UNSIGNED", "tinyint tinyint unsigned - - null")]
    [InlineData("BOOL", "tinyint tinyint(1) - - null")]
    [InlineData("INT(4) ZEROFILL", "int int(4) unsigned zerofill - - null")]
    [InlineData("BIGINT ZEROFILL", "bigint bigint(20) unsigned zerofill - - null")]
    [InlineData("SERIAL", "bigint bigint unsigned - - not null")]
    [InlineData("MIDDLEINT UNSIGNED", "mediumint mediumint unsigned - - null")]
    [InlineData("INT8", "bigint bigint - - null")]
    [InlineData("DEC", "decimal decimal(10,0) - - null")]
    [InlineData("FIXED(7) UNSIGNED", "decimal decimal(7,0) unsigned - - null")]
    [InlineData("FLOAT(24)", "float float - - null")]
    [InlineData("FLOAT(25)", "double double - - null")]
    [InlineData("FLOAT(7,3)", "float float(7,3) - - null")]
    [InlineData("DOUBLE PRECISION", "double double - - null")]
    [InlineData("BIT", "bit bit(1) - - null")]
    [InlineData("YEAR(4)", "year year - - null")]
    [InlineData("DATETIME(0)", "datetime datetime - - null")]
    [InlineData("TIMESTAMP(6)", "timestamp timestamp(6) - - null")]
    [InlineData("CHAR", "char char(1) utf8mb4_0900_ai_ci 4 null")]
    [InlineData("CHARACTER VARYING(10)", "varchar varchar(10) utf8mb4_0900_ai_ci 40 null")]
    [InlineData("NATIONAL CHAR(3)", "char char(3) utf8mb3_general_ci 9 null")]
    [InlineData("VARCHAR(3) CHARSET latin1 COLLATE latin1_bin", "varchar varchar(3) latin1_bin 3 null")]
    [InlineData("VARCHAR(3) BINARY", "varchar varchar(3) utf8mb4_bin 12 null")]
    [InlineData("CHAR(3) ASCII", "char char(3) latin1_swedish_ci 3 null")]
    [InlineData("CHAR(3) UNICODE", "char char(3) ucs2_general_ci 6 null")]
    [InlineData("CHAR(3) BYTE", "binary binary(3) - 3 null")]
    [InlineData("VARCHAR(3) CHARACTER SET binary", "varbinary varbinary(3) - 3 null")]
    [InlineData("VARCHAR(3) CHARACTER SET utf8", "varchar varchar(3) utf8mb3_general_ci 9 null")]
    [InlineData("TEXT(63)", "tinytext tinytext utf8mb4_0900_ai_ci 255 null")]
    [InlineData("TEXT(64)", "text text utf8mb4_0900_ai_ci 65535 null")]
    [InlineData("BLOB(65536)", "mediumblob mediumblob - 16777215 null")]
    [InlineData("LONG VARCHAR", "mediumtext mediumtext utf8mb4_0900_ai_ci 16777215 null")]
    [InlineData("LONG VARBINARY", "mediumblob mediumblob - 16777215 null")]
    [InlineData("ENUM('a', 'b''c', 'd\\'e  ')", "enum enum('a','b''c','d''e') utf8mb4_0900_ai_ci 12 null")]
    [InlineData("SET('a','bcd') CHARACTER SET latin1", "set set('a','bcd') latin1_swedish_ci 5 null")]
    [InlineData("JSON", "json json - - null")]
    [InlineData("GEOMETRYCOLLECTION", "geomcollection geomcollection - - null")]
    [InlineData("VECTOR", "vector vector(2048) - 8192 null")]
    [InlineData("INT AS (1 + (2)) STORED NOT NULL", "int int - - not null generated")]
    [InlineData("INT GENERATED ALWAYS AS (')') VIRTUAL COMMENT 'x'", "int int - - null generated")]
    [InlineData("INT DEFAULT -1 CHECK (c > 0) REFERENCES t (x) ON DELETE SET NULL NOT NULL", "int int - - not null")]
    [InlineData("INT AUTO_INCREMENT UNIQUE", "int int - - not null")]
    [InlineData("POINT SRID 4326 NOT NULL", "point point - - not null")]
    public void MySQL_9_shows(string definition, string shown) => Assert.Equal(shown, Show(TestCatalogue.MySql97, definition));

    [Theory]
    [InlineData("INT", "int int(11) - - null")]
    [InlineData("INT UNSIGNED", "int int(10) unsigned - - null")]
    [InlineData("SMALLINT", "smallint smallint(6) - - null")]
    [InlineData("YEAR(2)", "year year(4) - - null")]
    [InlineData("GEOMETRYCOLLECTION", "geometrycollection geometrycollection - - null")]
    [InlineData("NCHAR(3)", "char char(3) utf8_general_ci 9 null")]
    [InlineData("CHAR(3) COLLATE utf8mb3_bin", "char char(3) utf8_bin 9 null")]
    [InlineData("JSON", "json json - - null")]
    [InlineData("TIMESTAMP", "timestamp timestamp - - not null")]
    [InlineData("TIMESTAMP NULL", "timestamp timestamp - - null")]
    public void MySQL_5_7_shows(string definition, string shown) => Assert.Equal(shown, Show(TestCatalogue.MySql57, definition));

    [Theory]
    [InlineData("INT", "int int(11) - - null")]
    [InlineData("YEAR(2)", "year year(2) - - null")]
    [InlineData("JSON", "longtext longtext utf8mb4_bin 4294967295 null")]
    [InlineData("VARCHAR(5) COMPRESSED", "varchar varchar(5) /*M!100301 COMPRESSED*/ utf8mb4_general_ci 20 null")]
    [InlineData("VARCHAR(5) COLLATE uca1400_ai_ci", "varchar varchar(5) utf8mb4_uca1400_ai_ci 20 null")]
    [InlineData("UUID NOT NULL DEFAULT UUID()", "uuid uuid - - not null")]
    [InlineData("INET6", "inet6 inet6 - - null")]
    [InlineData("VECTOR(3)", "vector vector(3) - 12 null")]
    [InlineData("INT NULL PRIMARY KEY", "int int(11) - - not null")]
    [InlineData("INT DEFAULT NEXT VALUE FOR s", "int int(11) - - null")]
    [InlineData("INT AS (1) FOREVER", null)]
    public void MariaDB_11_8_shows(string definition, string? shown) => Assert.Equal(shown, Show(TestCatalogue.MariaDb118, definition));

    [Theory]
    [InlineData("INT", "int int(11) - - null")]
    [InlineData("VARCHAR(3) CHARACTER SET utf8", "varchar varchar(3) utf8mb4_general_ci 12 null")]
    [InlineData("VARCHAR(3) COLLATE utf8_bin", "varchar varchar(3) utf8mb4_bin 12 null")]
    [InlineData("NUMBER(5,2)", "decimal decimal(5,2) - - null")]
    public void OceanBase_shows(string definition, string shown) => Assert.Equal(shown, Show(TestCatalogue.OceanBase, definition));

    // Null where the definition is not understood.
    private static string? Show(ServerCatalogue server, string definition)
    {
        var state = TestCatalogue.State(server);
        state.Apply(new SchemaStatement($"CREATE TABLE t (c {definition}, d INT)", "shop"));
        if (state.Find("shop", "t").Definition is not { Columns: [var column, { Name: "d" }] })
            return null;
        return $"{column.DataType} {column.ColumnType} {column.Collation ?? "-"} {column.OctetLength?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} {(column.IsNullable ? "null" : "not null")}{(column.IsGenerated ? " generated" : "")}";
    }
}
