using Oms.Monitoring;
using Oms.MySql.Tests;

namespace Oms.Engine.Tests.Monitoring;

public class RowRateTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void It_is_what_came_in_the_last_ten_seconds_and_not_the_average_since_the_beginning()
    {
        var rate = new RowRate(_time);
        Assert.Equal(0, rate.Read(0));
        Assert.Equal([100, 100, 100], After(rate, seconds: 3, rows: 100));
        After(rate, seconds: 57, rows: 100);
        Assert.Equal(1000, After(rate, seconds: 20, rows: 1000)[^1]);
        Assert.Equal(0, After(rate, seconds: 20, rows: 0)[^1]);
    }

    private long _rows;

    private List<double> After(RowRate rate, int seconds, int rows)
    {
        var rates = new List<double>();
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            rates.Add(rate.Read(_rows += rows));
        }
        return rates;
    }
}
