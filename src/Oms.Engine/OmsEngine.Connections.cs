using System.Diagnostics;
using Oms.DataSources;
using Oms.Metadata;
using Oms.MySql;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Connects with the stored account and reports; a failure is a result with Error and Remedy, not an exception.</summary>
    /// <exception cref="OmsException">DataSourceNotFound</exception>
    public async Task<DataSourceTest> TestDataSourceAsync(string name, CancellationToken cancellationToken = default)
    {
        var dataSource = GetDataSource(name);
        try
        {
            await using var connection = await Connections.OpenAsync(dataSource, cancellationToken);
            var detected = DataSourceRules.TypeOf(connection.Flavour);
            var isDeclared = detected == dataSource.Type;
            return new DataSourceTest
            {
                Name = dataSource.Name,
                Success = isDeclared,
                ServerVersion = connection.ServerVersion,
                DetectedType = detected,
                Tls = ConnectionOptions.Seen(connection),
                TlsCipher = connection.TlsCipher,
                TlsFingerprint = connection.ServerFingerprint,
                RoundTripMs = await RoundTripAsync(connection, cancellationToken),
                Error = isDeclared
                    ? null
                    : $"Data source '{dataSource.Name}' is declared as {dataSource.Type}, but the server at {dataSource.Host}:{dataSource.Port} is {detected} ({connection.ServerVersion}).",
                Remedy = isDeclared
                    ? null
                    : $"Remove the data source and add it again with type {detected}, or give the host and port of the {dataSource.Type} server.",
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var fault = ConnectionFault.Describe(dataSource, e);
            return new DataSourceTest
            {
                Name = dataSource.Name,
                Success = false,
                Error = _words.Say(fault.Message),
                Remedy = _words.Say(fault.Remedy),
            };
        }
    }

    /// <summary>Has a data source's password looked up where it is kept, before each connection and while links run: a new one is stored,
    /// and links go on with it.</summary>
    /// <param name="lookUp">The password; null: it can't be told now, and the stored one stays.</param>
    public void KeepPassword(string dataSource, Func<string?> lookUp) => Connections.KeepPassword(dataSource, lookUp);

    /// <inheritdoc cref="Connections.OptionsFor"/>
    internal SessionOptions SessionOptions(DataSource dataSource) => Connections.OptionsFor(dataSource);

    private static async Task<double> RoundTripAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var times = new double[5];
        for (var i = 0; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await connection.QueryRowAsync("SELECT 1", cancellationToken);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[times.Length / 2];
    }
}
