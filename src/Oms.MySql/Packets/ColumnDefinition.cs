namespace Oms.MySql.Packets;

/// <summary>Column Definition 41
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html).</summary>
internal static class ColumnDefinition
{
    // Bytes of what follows the names.
    private const int FixedLength = 12;

    public static ResultColumn Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        reader.LengthEncodedBytes(); // catalog: always def
        var database = reader.LengthEncodedString();
        var table = reader.LengthEncodedString();
        var baseTable = reader.LengthEncodedString();
        var name = reader.LengthEncodedString();
        var baseName = reader.LengthEncodedString();
        if (reader.LengthEncodedInteger() is var fixedLength and not FixedLength)
            throw ClientError.Malformed($"a column with {fixedLength} bytes of description");
        var characterSet = reader.UInt16();
        var length = reader.UInt32();
        var type = reader.Byte();
        var flags = reader.UInt16();
        return new ResultColumn(name, type, characterSet, flags, length, reader.Byte(), table, database)
        {
            BaseName = baseName,
            BaseTable = baseTable,
        };
    }
}
