namespace Oms.MySql.Protocol;

/// <summary>A statement that the server keeps for a session until it is closed or the session is reset.</summary>
internal sealed class PreparedStatement(MySqlSession session, uint id, int parameterCount)
{
    private readonly int _resets = session.Resets;

    public uint Id => id;

    public int ParameterCount => parameterCount;

    /// <summary>Whether it can be executed on a session: that of its own, which was not reset since.</summary>
    public bool IsOf(MySqlSession other) => ReferenceEquals(session, other) && !session.IsBroken && session.Resets == _resets;

    /// <summary>Has the server forget it, together with the session's next command.</summary>
    public void Close()
    {
        if (IsOf(session))
            session.CloseStatement(id);
    }
}
