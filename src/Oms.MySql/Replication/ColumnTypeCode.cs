namespace Oms.MySql.Replication;

/// <summary>A column's type in a TABLE_MAP event (https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html, MariaDB's 140 and 141).</summary>
internal enum ColumnTypeCode : byte
{
    Tiny = 1, Short = 2, Long = 3, Float = 4, Double = 5, Timestamp = 7, LongLong = 8, Int24 = 9, Date = 10, Time = 11, DateTime = 12, Year = 13, NewDate = 14,
    VarChar = 15, Bit = 16, Timestamp2 = 17, DateTime2 = 18, Time2 = 19, TypedArray = 20,
    MariaDbBlobCompressed = 140, MariaDbVarCharCompressed = 141,
    Vector = 242, Json = 245, NewDecimal = 246, Enum = 247, Set = 248, TinyBlob = 249, MediumBlob = 250, LongBlob = 251, Blob = 252, VarString = 253, String = 254, Geometry = 255,
}
