# Links between two real servers, from the first data source to the last stop, as a user drives them.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestModule.psm1" -Force
    $noServer = -not (Test-ServerAvailable)
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestModule.psm1" -Force
    $home_ = New-TestHome
    $manifest = Get-ModuleManifest
    Import-Module $manifest -Force
    $credential = New-TestCredential
    $password = $credential.GetNetworkCredential().Password

    # Runs a script in a process of its own, with the same metadata.
    function Invoke-Elsewhere([string] $Script) {
        $output = pwsh -NoProfile -NonInteractive -Command "`$ProgressPreference = 'SilentlyContinue'; Import-Module '$manifest'; $Script" 2>&1
        $output | ForEach-Object { "$_" }
    }
}

AfterAll { Remove-TestHome }

Describe 'Two regions, active-active' -Skip:$noServer {
    BeforeAll {
        $transcript = Join-Path ([System.IO.Path]::GetTempPath()) "oms-pester-transcript-$PID.txt"
        Start-Transcript $transcript | Out-Null
        Start-TestServers $credential -FirstPort 21530
        $server = @{ Type = 'MariaDB'; HostName = '127.0.0.1'; Credential = $credential }
        New-OmsDataSource beijing -Region cn-beijing -Port 21530 @server | Out-Default
        New-OmsDataSource shanghai -Region cn-shanghai -Port 21531 @server | Out-Default
    }

    AfterAll {
        try { Get-OmsLink | Where-Object State -EQ Running | Stop-OmsLink }
        finally {
            Stop-TestServers
            Stop-Transcript | Out-Null
            Remove-Item $transcript
        }
    }

    Context 'before anything runs' {
        It 'the servers are there' {
            $tests = Get-OmsDataSource | Test-OmsDataSource
            $tests.Success | Should -Be $true, $true
            $tests[0].ServerVersion | Should -Match 'MariaDB'
            $tests | Out-Default
        }

        It 'a wrong password is named, with the account and a remedy' {
            New-OmsDataSource wrong -Type MariaDB -Region cn-beijing -HostName 127.0.0.1 -Port 21531 -Credential (New-TestCredential 'nobody') | Out-Null
            $test = Test-OmsDataSource wrong
            $test.Success | Should -BeFalse
            $test.Error | Should -Match "nobody.*127\.0\.0\.1:21531.*wrong"
            $test.Remedy | Should -Match 'password'
        }

        It 'an unknown database is named' {
            Invoke-Sql shanghai "SET sql_log_bin = 0; CREATE USER other@'%' IDENTIFIED BY '$password'; GRANT ALL ON *.* TO other@'%'"
            New-OmsDataSource nodb -Type MariaDB -Region cn-shanghai -HostName 127.0.0.1 -Port 21531 -Database nowhere -Credential (New-TestCredential other $password) | Out-Null
            $test = Test-OmsDataSource nodb
            $test.Success | Should -BeFalse
            $test.Error | Should -Match 'nowhere'
            $test.Remedy | Should -Match 'database'
        }

        It 'a link whose destination refuses the account fails with one error, and the destination is as it was' {
            New-OmsProject refused -Source beijing -Destination wrong -Object 'shop.*' | Out-Null
            Invoke-OmsPrecheck refused | Where-Object Result -EQ Failed | ForEach-Object Remedy | Should -Not -BeNullOrEmpty
            Start-OmsLink refused | Wait-OmsLink -Until FullMigrated -TimeoutSec 60 -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
            $failed.Count | Should -Be 1
            "$failed" | Should -Match 'nobody|wrong'
            Get-Job refused | Wait-Job -Timeout 10 | ForEach-Object State | Should -Be 'Failed'
            (Get-Job refused).Error.Count | Should -Be 1
            Get-Job refused | Remove-Job
            Invoke-Sql shanghai 'SHOW DATABASES' | Should -Not -Contain 'oms'
            Remove-OmsProject refused -Confirm:$false
        }

        It 'a named table without a unique key fails the precheck; under a wildcard it is left out with the reason' {
            Invoke-Sql beijing 'CREATE DATABASE diary; CREATE TABLE diary.note (t TEXT); CREATE TABLE diary.page (id INT PRIMARY KEY); INSERT INTO diary.page VALUES (1)'
            New-OmsProject named -Source beijing -Destination shanghai -Object 'diary.note' | Out-Null
            $items = Invoke-OmsPrecheck named
            $items | Out-Default
            $failed = $items | Where-Object { $_.Name -eq 'DB_UK_INDEX' -and $_.Result -eq 'Failed' }
            "$($failed.Target) $($failed.Detail)" | Should -Match 'diary\.note'
            $failed.Remedy | Should -Not -BeNullOrEmpty
            Start-OmsLink named | Wait-OmsLink -Until FullMigrated -TimeoutSec 60 -ErrorAction SilentlyContinue -ErrorVariable refused | Should -BeNullOrEmpty
            "$refused" | Should -Match 'diary\.note|DB_UK_INDEX'
            Invoke-Sql shanghai 'SHOW DATABASES' | Should -Not -Contain 'diary'

            New-OmsProject wild -Source beijing -Destination shanghai -Object 'diary.*' -MigrationType Schema, Full | Out-Null
            $link = Start-OmsLink wild | Wait-OmsLink -Until Stopped -TimeoutSec 60
            $link.State | Should -Be 'Completed'
            $link.LeftOut | Should -Match 'diary\.note.*key'
            Wait-Job wild -Timeout 10 | ForEach-Object State | Should -Be 'Completed'
            Invoke-Sql shanghai 'SELECT COUNT(*) FROM diary.page' | Should -Be 1
            Remove-Job named, wild
            Remove-OmsProject named, wild -Confirm:$false
        }
    }

    Context 'the forward link' {
        It 'passes its prechecks' {
            New-OmsProject forth -Source beijing -Destination shanghai -Object 'shop.*' -Scenario ActiveActive | Out-Default
            $items = Invoke-OmsPrecheck forth
            $items | Out-Default
            $items.Count | Should -BeGreaterThan 5
            $items | Where-Object Result -EQ Failed | Should -BeNullOrEmpty
        }

        It 'starts as a job of the session and tells its status' {
            $link = Start-OmsLink forth
            $link.Project | Should -Be 'forth'
            $link.State | Should -Be 'Running'
            (Get-Job forth).PSJobTypeName | Should -Be 'OmsLinkJob'
        }

        It 'is not started twice' {
            Start-OmsLink forth -ErrorAction SilentlyContinue -ErrorVariable refused | Should -BeNullOrEmpty
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'LinkRunning,*'
        }

        It 'copies the rows that exist' {
            $link = Wait-OmsLink forth -Until FullMigrated -TimeoutSec 120
            $link.FullMigrationCompleted | Should -BeTrue
            $link.ProcessId | Should -Be $PID
            $link.RowsCopied | Should -Be 21400
            Get-TableChecksum shanghai shop.order_line | Should -Be (Get-TableChecksum beijing shop.order_line)
        }

        It 'refuses to be removed while it runs' {
            Remove-OmsProject forth -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable refused
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'ProjectRunning,*'
            (Get-OmsLink forth).State | Should -Be 'Running'
        }
    }

    Context 'with the reverse link' {
        It 'DDL on both links is refused' {
            # The forward link does not synchronize DDL, so one of the two may.
            New-OmsProject back -ReverseOf forth -SyncDdl -WhatIf | Should -BeNullOrEmpty
            New-OmsProject back -ReverseOf forth | Out-Default
            (Get-OmsProject back).Types | Should -Be 'Incremental'
            New-OmsProject again -ReverseOf forth -ErrorAction SilentlyContinue -ErrorVariable refused
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'ReverseExists,*'
        }

        It 'carries the writes of both regions, and both are equal in the end' {
            Start-OmsLink back | Out-Default
            foreach ($round in 1..20) {
                Invoke-Sql beijing "INSERT INTO shop.orders VALUES (100000 + $round, 1, NOW(3)); UPDATE shop.stock SET quantity = quantity - 1 WHERE product_id = $round"
                Invoke-Sql shanghai "INSERT INTO shop.orders VALUES (200000 + $round, 2, NOW(3)); UPDATE shop.stock SET quantity = quantity - 2 WHERE product_id = 100 + $round"
            }
            $links = Get-OmsLink back, forth | Wait-OmsLink -Until Synchronized -TimeoutSec 60
            $links.Project | Should -Be 'back', 'forth'
            $links | Out-Default
            foreach ($table in 'customer', 'product', 'stock', 'orders', 'order_line') {
                Get-TableChecksum beijing "shop.$table" | Should -Be (Get-TableChecksum shanghai "shop.$table") -Because "$table must be equal"
            }
            Invoke-Sql shanghai 'SELECT COUNT(*) FROM shop.orders WHERE id > 100000' | Should -Be 40
        }

        It 'settles and records a conflict: the priority region wins on both sides' {
            Stop-OmsLink forth, back
            Invoke-Sql beijing "UPDATE shop.customer SET city = '北京' WHERE id = 7"
            Invoke-Sql shanghai "UPDATE shop.customer SET city = '上海' WHERE id = 7"
            Start-OmsLink forth, back | Wait-OmsLink -Until Synchronized -TimeoutSec 60 | Out-Null
            Invoke-Sql beijing 'SELECT city FROM shop.customer WHERE id = 7' | Should -Be '北京'
            Invoke-Sql shanghai 'SELECT city FROM shop.customer WHERE id = 7' | Should -Be '北京'
            $conflicts = Get-OmsProject forth, back | Get-OmsConflict -Table shop.customer
            $conflicts | Out-Default
            @($conflicts).Count | Should -BeGreaterThan 0
            $conflicts[0].Key | Should -Match '7'
            $conflicts.Kind | Should -Contain 'UpdateChanged'
            $conflicts.Policy | Should -Contain 'RegionPriority'
            (Get-OmsLink forth).ConflictsByKind['UpdateChanged'] | Should -BeGreaterThan 0
        }

        It 'applies the version that lost after all, in both regions' {
            $lost = Get-OmsConflict forth -Table 'shop.cust*' -Kind UpdateChanged -Resolution Applied -Since (Get-Date).AddHours(-1) -First 1
            $lost | Resolve-OmsConflict -WhatIf | Should -BeNullOrEmpty
            ($lost | Resolve-OmsConflict -Confirm:$false).Resolution | Should -Be 'Resolved'
            Get-OmsLink forth, back | Wait-OmsLink -Until Synchronized -TimeoutSec 60 | Out-Null
            Invoke-Sql beijing 'SELECT city FROM shop.customer WHERE id = 7' | Should -Be '上海'
            Invoke-Sql shanghai 'SELECT city FROM shop.customer WHERE id = 7' | Should -Be '上海'
            $lost | Resolve-OmsConflict -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable again | Should -BeNullOrEmpty
            $again[0].FullyQualifiedErrorId | Should -BeLike 'ConflictAlreadyResolved,*'
        }

        It 'verifies consistent, both ways' {
            $tables = 'forth', 'back' | Test-OmsConsistency
            $tables | Out-Default
            $tables.Count | Should -Be 10
            $tables.Consistent | Should -Not -Contain $false
            (Test-OmsConsistency forth -Table shop.stock).SourceRows | Should -Be 200
        }

        It 'writes nothing more to either log when idle' {
            $positions = { 'beijing', 'shanghai' | ForEach-Object { Invoke-Sql $_ 'SHOW MASTER STATUS' } }
            $before = & $positions
            Get-OmsLink back, forth | Wait-OmsLink -TimeoutSec 30 | Out-Null
            & $positions | Should -Be $before
        }

        It 'a wait ends by its time-out with an error, and the link goes on' {
            Wait-OmsLink forth -Until Stopped -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable late | Should -BeNullOrEmpty
            $late[0].FullyQualifiedErrorId | Should -BeLike 'WaitTimeout,*'
            $late[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
            (Get-OmsLink forth).State | Should -Be 'Running'
        }

        It 'a wait shows progress; Ctrl-C ends the wait, not the link' {
            $shell = [powershell]::Create().AddScript("Import-Module '$manifest'; Wait-OmsLink forth -Until Stopped")
            $waiting = $shell.BeginInvoke()
            $waiting.AsyncWaitHandle.WaitOne(2000) | Should -BeFalse
            $shell.Streams.Progress[-1].Activity | Should -Be 'forth'
            $shell.Streams.Progress[-1].StatusDescription | Should -Match 'Running: incremental synchronization, \d+ transactions applied'
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.ElapsedMilliseconds | Should -BeLessThan 5000
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $shell.Dispose()
            (Get-OmsLink forth).State | Should -Be 'Running'
        }
    }

    Context 'jobs and other sessions' {
        It 'the job has told the steps in their order, and nothing twice' {
            $told = Receive-Job (Get-Job forth | Select-Object -First 1)
            $told.Step | Should -Contain 'IncrementalSync'
            @($told.Step | ForEach-Object { [int]$_ }) | Should -Be @($told.Step | ForEach-Object { [int]$_ } | Sort-Object)
            $told[-1].State | Should -Be 'Paused'
            @($told | ForEach-Object { "$($_.State) $($_.Step)" } | Get-Unique).Count | Should -Be @($told).Count
        }

        It 'another process suspends the link, and the job here runs on, pulls and applies nothing' {
            Suspend-OmsLink back -WhatIf
            (Get-OmsLink back).State | Should -Be 'Running'
            Invoke-Elsewhere '$link = Suspend-OmsLink back -PassThru; "$($link.State) $($link.Suspended)"' | Should -Be 'Paused True'
            Get-Job back | Select-Object -Last 1 | ForEach-Object State | Should -Be 'Running'
            Invoke-Sql shanghai 'INSERT INTO shop.orders VALUES (900001, 2, NOW(3))'
            Wait-OmsLink back -TimeoutSec 60 -ErrorAction SilentlyContinue -ErrorVariable refused | Should -BeNullOrEmpty
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'LinkSuspended,*'
            Start-OmsLink back -ErrorAction SilentlyContinue -ErrorVariable refused | Should -BeNullOrEmpty
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'LinkSuspended,*'
            "$($refused[0].ErrorDetails.RecommendedAction)" | Should -Match 'Resume-OmsLink'
            Invoke-Sql beijing 'SELECT COUNT(*) FROM shop.orders WHERE id = 900001' | Should -Be 0
            $link = Get-OmsLink back
            $link.StoreBytes | Should -BeGreaterThan 0
            $link.StoreTo | Should -BeGreaterOrEqual $link.StoreFrom
            $link.SourceConnection | Should -Be 'Connected'
        }

        It 'the link goes on when it is resumed' {
            Get-OmsLink | Where-Object Suspended | Resume-OmsLink | Wait-OmsLink -TimeoutSec 60 | ForEach-Object State | Should -Be 'Running'
            Invoke-Sql beijing 'SELECT COUNT(*) FROM shop.orders WHERE id = 900001' | Should -Be 1
            Resume-OmsLink nosuch -ErrorAction SilentlyContinue -ErrorVariable refused | Should -BeNullOrEmpty
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'ProjectNotFound,*'
        }

        It 'another process sees the link and stops it; the job here says so' {
            Invoke-Elsewhere "(Get-OmsLink back).State; (Stop-OmsLink back -PassThru).State" | Should -Be 'Running', 'Paused'
            Get-Job back | Select-Object -Last 1 | Wait-Job -Timeout 10 | ForEach-Object State | Should -Be 'Stopped'
            Suspend-OmsLink back -ErrorAction SilentlyContinue -ErrorVariable refused
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'LinkNotRunning,*'
        }

        It 'Stop-Job stops the link after the transaction in flight' {
            Get-Job forth | Where-Object State -EQ Running | Stop-Job
            (Get-OmsLink forth).State | Should -Be 'Paused'
            Get-Job | Remove-Job
        }

        It 'a session that removes the module, or ends, leaves no link running' {
            Invoke-Elsewhere 'Start-OmsLink forth | Wait-OmsLink -TimeoutSec 60 | Out-Null; Remove-Module Oms.PowerShell; $job = Get-Job forth; $job.State' | Should -Be 'Stopped'
            (Get-OmsLink forth).State | Should -Be 'Paused'
            Invoke-Elsewhere '(Start-OmsLink forth | Wait-OmsLink -TimeoutSec 60).State' | Should -Be 'Running'
            (Get-OmsLink forth).State | Should -Be 'Paused'
        }

        It 'a difference is found and named' {
            Invoke-Sql shanghai 'SET sql_log_bin = 0; UPDATE shop.stock SET quantity = 77 WHERE product_id = 33; DELETE FROM shop.order_line WHERE order_id = 5 AND line = 2'
            $tables = Test-OmsConsistency forth -Table shop.stock, shop.order_line
            $tables.Consistent | Should -Not -Contain $true
            ($tables | Where-Object Table -EQ shop.stock).Mismatched | Should -Be 1
            "$($tables.Differences)" | Should -Match '33'
            ($tables | Where-Object Table -EQ shop.order_line).SourceOnly | Should -Be 1
        }

        It 'a forward project with a reverse is not removed before it' {
            Remove-OmsProject forth -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable refused
            $refused[0].FullyQualifiedErrorId | Should -BeLike 'ProjectHasReverse,*'
            Remove-OmsProject back, forth -Confirm:$false
            Get-OmsProject | Should -BeNullOrEmpty
        }
    }

    Context 'the password' {
        It 'was never written: not to the transcript, not to a file, not to a command line' {
            Get-Content $transcript -Raw | Should -Not -Match $password
            foreach ($file in Get-ChildItem $home_ -Recurse -File -Force) {
                [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($file)) | Should -Not -Match $password
            }
            ps -eo args | Should -Not -Match $password
            $Error | ForEach-Object { "$_ $($_.Exception)" } | Should -Not -Match $password
        }
    }
}

Describe 'A source without a binary log' -Skip:$noServer {
    BeforeAll {
        Start-TestServers $credential -FirstPort 21540 -Options '--skip-log-bin'
        New-OmsDataSource silent -Type MariaDB -Region cn-beijing -HostName 127.0.0.1 -Port 21540 -Credential $credential | Out-Null
        New-OmsDataSource target -Type MariaDB -Region cn-shanghai -HostName 127.0.0.1 -Port 21541 -Credential $credential | Out-Null
        New-OmsProject deaf -Source silent -Destination target -Object 'shop.*' | Out-Null
    }

    AfterAll { Stop-TestServers }

    It 'fails the precheck, which says how to mend it' {
        $failed = Invoke-OmsPrecheck deaf | Where-Object Result -EQ Failed
        $failed.Name | Should -Contain 'DB_INCR_LOG'
        ($failed | Where-Object Name -EQ DB_INCR_LOG).Remedy | Should -Match 'log.bin'
    }

    It 'stops the link before anything is changed' {
        Start-OmsLink deaf | Wait-OmsLink -Until FullMigrated -TimeoutSec 60 -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
        $failed.Count | Should -Be 1
        "$failed" | Should -Match 'DB_INCR_LOG|binary log|binlog|log_bin'
        Invoke-Sql shanghai 'SHOW DATABASES' | Should -Not -Contain 'shop'
        Invoke-Sql shanghai 'SHOW DATABASES' | Should -Not -Contain 'oms'
    }
}
