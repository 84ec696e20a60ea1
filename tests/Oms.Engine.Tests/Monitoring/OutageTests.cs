using Oms.Hosting;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Tests;

namespace Oms.Engine.Tests.Monitoring;

public sealed class OutageTests
{
    private readonly ManualTime _time = new();
    private readonly Outage _outage;

    public OutageTests() => _outage = new Outage(_time);

    private async Task FailAsync(string error, TimeSpan atMost)
    {
        var wait = _outage.WaitAsync(new InvalidOperationException(error), CancellationToken.None);
        _time.Advance(atMost);
        await wait.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task It_says_since_when_and_how_often_it_was_tried_and_the_last_error_until_an_attempt_succeeds()
    {
        Assert.Null(_outage.Text);
        await FailAsync("refused", TimeSpan.FromSeconds(5));
        await FailAsync("still refused", TimeSpan.FromSeconds(5));
        Assert.Equal("Since 1970-01-01 00:00:00Z, 2 attempts: still refused", _outage.Text);
        Assert.Equal(
            "Since 1970-01-01 00:00:00Z: still refused (2 attempts). The link tries again every few seconds, until it succeeds or is stopped.",
            _outage.Wait!.ToString()
        );

        _outage.End();
        Assert.Null(_outage.Text);
        Assert.Null(_outage.Wait);
        await FailAsync("again", TimeSpan.FromSeconds(5));
        Assert.Equal("Since 1970-01-01 00:00:10Z, 1 attempts: again", _outage.Text);
    }

    [Fact]
    public async Task The_first_attempts_follow_soon_and_hours_later_it_still_waits_5_seconds_at_most()
    {
        await FailAsync("refused", TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < 3000; i++)
            await FailAsync("refused", TimeSpan.FromSeconds(5));
        Assert.Contains("3001 attempts", _outage.Text, StringComparison.Ordinal);
    }

    public static TheoryData<Exception, bool> Errors =>
        new()
        {
            { Server(2003), true }, // no connection
            { Server(2005), true }, // no name server answers
            { Server(2013), true }, // connection lost
            { Server(1040), true }, // too many connections
            { Server(1205), true }, // lock wait
            { new RestartException(Server(1213), careful: true), true },
            { new OmsException("ServerUnreachable", OmsErrorKind.ConnectionFailed, "", "", null, Server(2003)), true },
            { new MySqlException(2026, null, "", new IOException()), true }, // the connection ended while TLS was agreed on
            { Server(1836), true }, // read-only
            {
                new MySqlException(
                    1290,
                    null,
                    "The MariaDB server is running with the --read-only option so it cannot execute this statement"
                ),
                true
            },
            {
                new MySqlException(4688, null, "standby tenant is read only") { Server = ServerFlavour.OceanBase },
                true
            },
            {
                new MySqlException(
                    1290,
                    null,
                    "The MySQL server is running with the --secure-file-priv option so it cannot execute this statement"
                ),
                false
            },
            { Server(1045), true }, // access denied: someone mends it
            { Server(2061), true }, // the password is not given away: someone mends that
            { new OmsException("AuthenticationFailed", OmsErrorKind.AuthenticationFailed, "", "", null, Server(1045)), true },
            { Server(2027), false }, // no MySQL protocol
            { Server(1146), false }, // no such table
            { new RestartException(Server(1062), careful: true), false },
            { new OmsException("LinkTakenOver", OmsErrorKind.InvalidState, "", ""), false },
            { new InvalidOperationException(), false },
        };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Only_what_may_pass_is_waited_for(Exception error, bool mayPass) => Assert.Equal(mayPass, Outage.MayPass(error));

    [Fact]
    public async Task A_refused_log_in_is_tried_seldom_and_says_who_ends_it()
    {
        var wait = _outage.WaitAsync(Server(1045), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(wait.IsCompleted);
        Assert.Contains(HostCommand.ChangeDataSource().ToString(), _outage.Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        await wait.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static MySqlException Server(int number) => new(number, null, "");
}
