<#
.SYNOPSIS
    Two regions, active-active: the same job as examples/demo.sh drives with oms-agent, from PowerShell.
.DESCRIPTION
    demo.sh starts two servers, fills one with a shop, and runs this script with the directory where it has put things:
    project.json (hosts, ports, users), REGION/oms.password. The links run as background jobs of this session.
.EXAMPLE
    examples/demo.sh        # runs this script when pwsh is on the PATH
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $DemoDirectory,
    [int] $LoadSeconds = 20
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$started = Get-Date

function Write-Step([string] $text) {
    "`n== {0}  ({1:N0} s)" -f $text, ((Get-Date) - $started).TotalSeconds | Out-Host
}

$version = ([xml](Get-Content "$PSScriptRoot/../Directory.Build.props")).Project.PropertyGroup.Version
Import-Module "$PSScriptRoot/../out/Oms.PowerShell/$version/Oms.PowerShell.psd1"
$env:OMS_HOME = Join-Path $DemoDirectory home

Write-Step 'Data sources, the forward project and its prechecks'
foreach ($server in (Get-Content "$DemoDirectory/project.json" | ConvertFrom-Json).dataSources) {
    $password = (Get-Content "$DemoDirectory/$($server.passwordFile)").Trim() | ConvertTo-SecureString -AsPlainText -Force
    New-OmsDataSource -Name $server.name -Type $server.type -Region $server.region -HostName $server.host -Port $server.port `
        -Credential ([pscredential]::new($server.user, $password)) | Out-Null
}
Get-OmsDataSource | Test-OmsDataSource | Format-Table | Out-Host
New-OmsProject -Name shop -Scenario ActiveActive -Source beijing -Destination shanghai -Object 'shop.*' | Out-Null
$checks = Invoke-OmsPrecheck shop
$checks | Where-Object Result -ne Passed | Format-Table -Wrap | Out-Host
"{0} prechecks passed of {1}" -f @($checks | Where-Object Result -eq Passed).Count, $checks.Count | Out-Host

Write-Step 'The forward link: schema, full migration, incremental synchronization to shanghai'
Start-OmsLink shop | Out-Null
Wait-OmsLink shop -Until SchemaMigrated -TimeoutSec 60 | Out-Null
Write-Step 'The reverse link: incremental synchronization back to beijing'
New-OmsProject -Name shop-reverse -ReverseOf shop | Out-Null
Start-OmsLink shop-reverse | Out-Null
Wait-OmsLink shop, shop-reverse -Until Synchronized -TimeoutSec 180 | Format-Table | Out-Host

Write-Step "Both regions write for $LoadSeconds s, on some of the same rows"
$load = Start-Process "$PSScriptRoot/lib/load.sh" -ArgumentList $DemoDirectory, $LoadSeconds -NoNewWindow -PassThru
$seen = while (-not $load.WaitForExit(1000)) { Get-OmsLink }
if ($load.ExitCode -ne 0) { throw "The application's load failed." }

Write-Step 'Waiting until both links are synchronized'
Wait-OmsLink shop, shop-reverse -Until Synchronized -TimeoutSec 120 | Format-Table | Out-Host
$seen | Group-Object Project | ForEach-Object {
    [pscustomobject]@{
        Link           = $_.Name
        'Peak rows/s'  = [int]($_.Group.RowsPerSecond | Measure-Object -Maximum).Maximum
        'Peak latency' = '{0:N1} s' -f ($_.Group.LatencySeconds | Measure-Object -Maximum).Maximum
    }
} | Format-Table | Out-Host

Write-Step 'Verification, both ways'
$tables = 'shop', 'shop-reverse' | Test-OmsConsistency
$tables | Format-Table | Out-Host
'shop', 'shop-reverse' | Get-OmsConflict -Limit 5 | Format-Table | Out-Host

# Linux counts the peak of this process's memory for us.
[int64]((Get-Content /proc/self/status | Select-String '^VmHWM:\s+(\d+)').Matches[0].Groups[1].Value / 1024) | Set-Content "$DemoDirectory/memory"
Stop-OmsLink shop, shop-reverse
Wait-OmsLink shop, shop-reverse -Until Stopped -TimeoutSec 60 | Out-Null

if ($tables | Where-Object { -not $_.Consistent }) {
    Write-Error 'Verification found rows that differ.' -ErrorAction Continue
    exit 1
}
