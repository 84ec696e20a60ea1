using System.Collections.Concurrent;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Quartz;

namespace Oms.Integration.Tests.Wire;

/// <summary>Quartz's ADO.NET job store on this provider, by Quartz's own dialect for MySqlConnector; Quartz makes its tables.</summary>
[Collection(WireTestGroup.Name)]
public sealed class QuartzTests(WireServers servers)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_job_is_stored_fired_and_fired_again_by_another_scheduler_when_it_was_missed(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync("DROP DATABASE IF EXISTS quartz; CREATE DATABASE quartz");
        var connectionString = server.ConnectionString("quartz");
        var job = new JobKey($"job-{Guid.NewGuid()}", "group 'ж'");

        var scheduler = await BuildAsync(connectionString);
        await scheduler.Start();
        var fired = RecordingJob.Expect(job.Name);
        await scheduler.ScheduleJob(
            JobBuilder
                .Create<RecordingJob>()
                .WithIdentity(job)
                .UsingJobData("text", "it's \\ 北京")
                .UsingJobData("number", long.MaxValue)
                .StoreDurably()
                .RequestRecovery()
                .Build(),
            TriggerBuilder.Create().WithIdentity("once").StartNow().Build()
        );
        Assert.Equal(("it's \\ 北京", long.MaxValue, "once"), await fired.WaitAsync(s_patience));
        await scheduler.ScheduleJob(TriggerBuilder.Create().WithIdentity("nightly").ForJob(job).WithCronSchedule("0 0 3 * * ?").Build());
        await scheduler.Shutdown(waitForJobsToComplete: true);

        // Nobody runs while this trigger's time passes.
        var writer = await BuildAsync(connectionString);
        fired = RecordingJob.Expect(job.Name);
        await writer.ScheduleJob(
            TriggerBuilder.Create().WithIdentity("missed").ForJob(job).StartAt(DateTimeOffset.UtcNow.AddHours(-1)).Build()
        );
        await writer.Shutdown(waitForJobsToComplete: true);

        var reopened = await BuildAsync(connectionString);
        Assert.NotNull(await reopened.GetJobDetail(job));
        Assert.NotNull(await reopened.GetTrigger(new TriggerKey("nightly")));
        Assert.Null(await reopened.GetTrigger(new TriggerKey("once")));
        await reopened.Start();
        Assert.Equal(("it's \\ 北京", long.MaxValue, "missed"), await fired.WaitAsync(s_patience));
        await reopened.Shutdown(waitForJobsToComplete: true);

        // Only now is the trigger that has fired surely gone.
        var last = await BuildAsync(connectionString);
        Assert.True(await last.DeleteJob(job));
        await last.Shutdown(waitForJobsToComplete: true);
        Assert.Equal("0", await server.ScalarAsync("SELECT COUNT(*) FROM QRTZ_TRIGGERS", "quartz"));
    }

    private static async Task<IScheduler> BuildAsync(string connectionString) =>
        await QuartzSchedulerBuilder
            .Create(quartz =>
                quartz.UsePersistentStore(store =>
                {
                    store.UseMySqlConnector(MySqlClientFactory.Instance, connectionString);
                    store.ProvisionSchema();
                })
            )
            .BuildScheduler();

    public sealed class RecordingJob : IJob
    {
        private static readonly ConcurrentDictionary<string, TaskCompletionSource<(string?, long, string)>> s_expected = new();

        public static Task<(string? Text, long Number, string Trigger)> Expect(string job) =>
            (s_expected[job] = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            var data = context.MergedJobDataMap;
            s_expected[context.JobDetail.Key.Name].TrySetResult((data.GetString("text"), data.GetLong("number"), context.Trigger.Key.Name));
            return ValueTask.CompletedTask;
        }
    }
}
