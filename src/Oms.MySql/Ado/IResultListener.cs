using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>Who has sent the statements whose results a reader reads.</summary>
internal interface IResultListener
{
    /// <summary>A result has rows to be read.</summary>
    void TookRows();

    /// <summary>A statement without rows has run.</summary>
    void Took(OkPacket ok);

    /// <summary>The statement behind the results so far has failed.</summary>
    void Failed(MySqlException error);
}
