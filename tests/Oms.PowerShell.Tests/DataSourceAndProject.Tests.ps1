# Data sources and projects, without a server.
BeforeAll {
    Import-Module "$PSScriptRoot/TestModule.psm1" -Force
    New-TestHome | Out-Null
    Import-Module (Get-ModuleManifest) -Force
    $credential = New-TestCredential 'oms@shop#cluster'
    $password = $credential.GetNetworkCredential().Password
}

AfterAll { Remove-TestHome }

Describe 'Data sources' {
    It 'are emitted as they were added, the OceanBase account whole, and the default port by type' {
        $added = New-OmsDataSource hangzhou -Type OceanBase -Region cn-hangzhou -HostName 127.0.0.1 -Credential $credential -Tls None -Database shop -Remarks 'by hand'
        $added.PSTypeNames[0] | Should -Be 'Oms.DataSource'
        $added.User | Should -Be 'oms@shop#cluster'
        $added.Port | Should -Be 2883
        (New-OmsDataSource beijing -Type MySQL -Region cn-beijing -HostName 127.0.0.1 -Credential $credential).Port | Should -Be 3306
        (Get-OmsDataSource hangzhou).Remarks | Should -Be 'by hand'
    }

    It 'come from a CSV file through the pipeline' {
        $csv = "Name,Type,Region,HostName,Port`nguangzhou,MariaDB,cn-guangzhou,127.0.0.1,21521`nshenzhen,MariaDB,cn-shenzhen,127.0.0.1,21522" | ConvertFrom-Csv
        ($csv | New-OmsDataSource -Credential $credential).Name | Should -Be 'guangzhou', 'shenzhen'
    }

    It 'are found by wildcards, whatever the case' {
        (Get-OmsDataSource 'G*', '[h]ang*').Name | Should -Be 'guangzhou', 'hangzhou'
    }

    It 'are shown as a table without the password, and in a list with every property' {
        $table = Get-OmsDataSource | Format-Table | Out-String -Width 200
        $table | Should -Match 'Name\s+Type\s+Region\s+Host\s+Port\s+User'
        $list = Get-OmsDataSource | Format-List | Out-String
        $list | Should -Match 'TlsCaFile'
        "$table$list$(Get-OmsDataSource | ConvertTo-Json)" | Should -Not -Match $password
    }

    It 'are kept with the password encrypted, in files of the user alone' {
        $files = Get-ChildItem $env:OMS_HOME -Recurse -File -Force
        foreach ($file in $files) {
            [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($file)) | Should -Not -Match $password
        }
        if (-not $IsWindows) { (Get-Item $env:OMS_HOME).UnixMode | Should -Be 'drwx------' }
    }

    It 'are not added or removed under -WhatIf, and nothing is emitted' {
        New-OmsDataSource other -Type MySQL -Region cn-x -HostName 127.0.0.1 -Port 21529 -Credential $credential -WhatIf | Should -BeNullOrEmpty
        Remove-OmsDataSource hangzhou -WhatIf -PassThru | Should -BeNullOrEmpty
        (Get-OmsDataSource).Name | Should -Be 'beijing', 'guangzhou', 'hangzhou', 'shenzhen'
    }

    It 'go out to a CSV file and come back as they were' {
        $before = Get-OmsDataSource g* | Select-Object * -ExcludeProperty Created
        $file = Join-Path $env:OMS_HOME 'sources.csv'
        Get-OmsDataSource g* | Export-Csv $file
        Get-OmsDataSource g* | Remove-OmsDataSource -Confirm:$false
        (Import-Csv $file | New-OmsDataSource -Credential $credential).Count | Should -Be @($before).Count
        # The accounts' names come with the credential.
        (Get-OmsDataSource g* | Select-Object * -ExcludeProperty Created, User | ConvertTo-Json) | Should -Be ($before | Select-Object * -ExcludeProperty User | ConvertTo-Json)
        Remove-Item $file
    }

    It 'are changed: what is not given stays, and an empty text takes away what was there' {
        Set-OmsDataSource hangzhou -Port 2884 -Remarks '' | Should -BeNullOrEmpty
        $changed = Get-OmsDataSource hangzhou
        $changed.Port, $changed.Remarks, $changed.Database, "$($changed.Tls)", $changed.User | Should -Be 2884, $null, 'shop', 'None', 'oms@shop#cluster'
        $other = New-TestCredential 'oms2@shop#cluster'
        (Get-OmsDataSource hangzhou | Set-OmsDataSource -Credential $other -PassThru).User | Should -Be 'oms2@shop#cluster'
        Set-OmsDataSource hangzhou -Credential $credential -Port 2883 -WhatIf | Should -BeNullOrEmpty
        (Get-OmsDataSource hangzhou).User | Should -Be 'oms2@shop#cluster'
        $pinned = Set-OmsDataSource hangzhou -Tls VerifyCA -TlsFingerprint (@('AB') * 32 -join ':') -TrustServer Any -PassThru
        $pinned.TlsFingerprint, "$($pinned.TrustServer)" | Should -Be ('AB' * 32), 'Any'
        Set-OmsDataSource hangzhou -Tls None -TlsFingerprint '' -TrustServer Verified -Credential $credential -Port 2883 -Remarks 'by hand'
    }

    It 'are removed silently, or shown with -PassThru' {
        Remove-OmsDataSource shenzhen -Confirm:$false | Should -BeNullOrEmpty
        (Get-OmsDataSource hang* | Remove-OmsDataSource -Confirm:$false -PassThru).Name | Should -Be 'hangzhou'
        (Get-OmsDataSource).Name | Should -Be 'beijing', 'guangzhou'
    }
}

Describe 'Projects' {
    BeforeAll {
        New-OmsDataSource shanghai -Type MySQL -Region cn-shanghai -HostName 127.0.0.1 -Port 21523 -Credential $credential | Out-Null
    }

    It 'take the defaults of the engine for what is not given' {
        $project = New-OmsProject copy -Source beijing -Destination guangzhou -Object 'shop.*'
        $project.PSTypeNames[0] | Should -Be 'Oms.Project'
        $project.Scenario | Should -Be 'DataMigration'
        "$($project.Types)" | Should -Be 'Schema, Full, Incremental, Verification'
        $project.Full.Speed | Should -Be 'Normal'
        $project.Incremental.Speed | Should -Be 'Normal'
        $project.Incremental.RowsPerSecond | Should -BeNullOrEmpty
        $project.Heartbeat | Should -BeFalse
        $project.Incremental.ForeignKeyChecks | Should -BeFalse
        $project.StoreRetentionHours | Should -Be 168
    }

    It 'take every option' {
        $options = @{
            Source = 'beijing'; Destination = 'shanghai'; Object = 'shop.*', 'crm.customer'; Exclude = 'shop.tmp_*'; Scenario = 'ActiveActive'; MigrationType = 'Schema', 'Full', 'Incremental'
            PriorityRegion = 'cn-shanghai'; ConflictPolicy = 'RegionPriority'; SyncDdl = $true; ConcurrencySpeed = 'Custom'; ReadConcurrency = 3; WriteConcurrency = 5
            ExistingRecords = 'Ignore'; StoreRetentionHours = 48
            IncrementalSpeed = 'Custom'; IncrementalWriteConcurrency = 3; IncrementalMemoryMB = 48; MaxRowsPerSecond = 5000; MaxBytesPerSecond = 10MB; Heartbeat = $true; ForeignKeyChecks = $true
        }
        New-OmsProject forth @options | Out-Null
        $project = Get-OmsProject forth
        "$($project.Types)" | Should -Be 'Schema, Full, Incremental'
        $project.Objects | Should -Be 'shop.*', 'crm.customer'
        $project.Exclude | Should -Be 'shop.tmp_*'
        $project.PriorityRegion | Should -Be 'cn-shanghai'
        $project.SyncDdl | Should -BeTrue
        $project.Full.ReadConcurrency, $project.Full.WriteConcurrency | Should -Be 3, 5
        $project.Full.ExistingRecords | Should -Be 'Ignore'
        $project.StoreRetentionHours | Should -Be 48
        $project.Incremental.Speed | Should -Be 'Custom'
        $project.Incremental.Writers, $project.Incremental.MemoryMegabytes | Should -Be 3, 48
        $project.Incremental.RowsPerSecond, $project.Incremental.BytesPerSecond | Should -Be 5000, 10485760
        $project.Heartbeat | Should -BeTrue
        $project.Incremental.ForeignKeyChecks | Should -BeTrue
    }

    It 'begin at a time only without full migration' {
        $at = [DateTimeOffset]::Parse('2026-01-01T12:00:00+08:00')
        New-OmsProject late -Source beijing -Destination shanghai -Object 'shop.*' -StartTimestamp $at -ErrorAction SilentlyContinue -ErrorVariable refused | Should -BeNullOrEmpty
        $refused[0].FullyQualifiedErrorId | Should -BeLike 'StartTimestampInvalid,*'
        New-OmsProject late -Source beijing -Destination shanghai -Object 'shop.*' -MigrationType Incremental -StartTimestamp $at | Out-Null
        (Get-OmsProject late).StartTimestamp | Should -Be $at
        Remove-OmsProject late -Confirm:$false
    }

    It 'take a selection of columns, rows and changes, and names at the destination' {
        $options = @{
            Source = 'beijing'; Destination = 'guangzhou'; Object = 'shop.*=crm.*'; MigrationType = 'Schema', 'Full', 'Incremental'; Dml = 'Insert', 'Update'
            ColumnMapping = @{ 'shop.orders' = @{ old = 'new'; secret = $null } }; RowFilter = @{ 'shop.orders' = "region = 'cn'" }
        }
        New-OmsProject part @options | Out-Null
        $project = Get-OmsProject part
        $project.Objects | Should -Be 'shop.*=crm.*'
        "$($project.Dml)" | Should -Be 'Insert, Update'
        $project.ColumnMappings['shop.orders']['old'] | Should -Be 'new'
        $project.ColumnMappings['shop.orders'].ContainsKey('secret') | Should -BeTrue
        $project.ColumnMappings['shop.orders']['secret'] | Should -BeNullOrEmpty
        $project.RowFilters['shop.orders'] | Should -Be "region = 'cn'"
        Remove-OmsProject part -Confirm:$false
    }

    It 'take the collations of the destination, and what becomes of DDL that is not synchronized' {
        $options = @{
            Source = 'beijing'; Destination = 'guangzhou'; Object = 'shop.*'; UnsynchronizedDdl = 'Warn'; ViewDdl = 'PassOver'
            CharacterSetMapping = @{ gbk = 'utf8mb4' }; CollationMapping = @{ 'utf8mb4_0900_ai_ci' = 'utf8mb4_uca1400_ai_ci' }
        }
        New-OmsProject mapped @options | Out-Null
        $project = Get-OmsProject mapped
        "$($project.UnsynchronizedDdl) $($project.ViewDdl)" | Should -Be 'Warn PassOver'
        $project.CharacterSetMappings['gbk'], $project.CollationMappings['utf8mb4_0900_ai_ci'] | Should -Be 'utf8mb4', 'utf8mb4_uca1400_ai_ci'
        Remove-OmsProject mapped -Confirm:$false
    }

    It 'are refused with a selection that can not be: <Id>' -ForEach @(
        @{ Id = 'VerificationNeedsAllDml'; Options = @{ Dml = 'Insert' } }
        @{ Id = 'RowFilterInvalid'; Options = @{ RowFilter = @{ 'shop.orders' = 'made > NOW()' } } }
        @{ Id = 'ColumnMappingInvalid'; Options = @{ ColumnMapping = @{ 'shop.orders' = 'new' } } }
        @{ Id = 'CharsetMappingInvalid'; Options = @{ CollationMapping = @{ 'utf8mb4_0900_ai_ci' = 'latin1_bin' } } }
        @{ Id = 'CharsetMappingInvalid'; Options = @{ Scenario = 'ActiveActive'; Destination = 'shanghai'; CollationMapping = @{ 'utf8mb4_0900_ai_ci' = 'utf8mb4_bin' } } }
        @{ Id = 'SelectionNotConvergent'; Options = @{ Scenario = 'ActiveActive'; Destination = 'shanghai'; RowFilter = @{ 'shop.orders' = 'id > 1' } } }
    ) {
        $all = @{ Source = 'beijing'; Destination = 'guangzhou'; Object = 'shop.*'; ErrorAction = 'SilentlyContinue'; ErrorVariable = 'failed' }
        foreach ($option in $Options.GetEnumerator()) { $all[$option.Key] = $option.Value }
        New-OmsProject part @all | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike "$Id*"
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'let the latest version win by a column, which relays need' {
        $link = @{ Source = 'beijing'; Destination = 'shanghai'; Object = 'ring.*'; Scenario = 'ActiveActive'; RelayOrigin = 'cn-guangzhou'; ErrorAction = 'SilentlyContinue'; ErrorVariable = 'refused' }
        New-OmsProject ring @link | Should -BeNullOrEmpty
        $refused[0].FullyQualifiedErrorId | Should -BeLike 'RelayNeedsLatestWins,*'
        New-OmsProject ring @link -ConflictPolicy LatestWins | Should -BeNullOrEmpty
        $refused[0].FullyQualifiedErrorId | Should -BeLike 'LatestColumnInvalid,*'
        $project = New-OmsProject ring @link -ConflictPolicy LatestWins -LatestColumn updated_at
        $project.LatestColumn, $project.RelayOrigins | Should -Be 'updated_at', 'cn-guangzhou'
        Remove-OmsProject ring -Confirm:$false
    }

    It 'have a link that has not started' {
        $link = Get-OmsLink forth
        $link.State | Should -Be 'NotStarted'
        $link.Name | Should -Be 'forth'
        Get-OmsProject | Get-OmsLink | Format-Table | Out-String -Width 200 | Should -Match 'Project\s+State\s+Step\s+Latency\s+Applied\s+Conflicts\s+Rows'
    }

    It 'have links whose table fits 80 columns, header and rows in one line each' {
        $lines = @(Get-OmsLink forth | Format-Table | Out-String -Width 80) -split "`n" | ForEach-Object TrimEnd | Where-Object { $_ }
        $lines | Should -HaveCount 3
        $lines[0] | Should -Match '^Project\s+State\s+Step\s+Latency\s+Applied\s+Conflicts\s+Rows$'
        $lines[2] | Should -Match '^forth\s+NotStarted\s+None'
    }

    It 'are not added, started or removed under -WhatIf, and nothing is emitted' {
        New-OmsProject other -Source beijing -Destination shanghai -Object 'shop.*' -WhatIf | Should -BeNullOrEmpty
        Start-OmsLink forth -WhatIf | Should -BeNullOrEmpty
        Remove-OmsProject forth -PassThru -WhatIf | Should -BeNullOrEmpty
        (Get-OmsProject).Name | Should -Be 'copy', 'forth'
        Get-Job -Name forth -ErrorAction Ignore | Should -BeNullOrEmpty
        (Get-OmsLink forth).State | Should -Be 'NotStarted'
    }

    It 'are removed through the pipeline' {
        (Get-OmsProject c* | Remove-OmsProject -Confirm:$false -PassThru).Name | Should -Be 'copy'
        (Get-OmsProject).Name | Should -Be 'forth'
    }
}

Describe 'Completion' {
    BeforeAll {
        function Complete([string] $line) { ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches.CompletionText }
    }

    It 'knows the names of data sources' {
        Complete 'New-OmsProject p -Source ' | Should -Be 'beijing', 'guangzhou', 'shanghai'
        Complete 'Test-OmsDataSource sh' | Should -Be 'shanghai'
    }

    It 'knows the names of projects for <_>' -ForEach 'Get-OmsProject', 'Start-OmsLink', 'Wait-OmsLink', 'Stop-OmsLink', 'Suspend-OmsLink', 'Resume-OmsLink', 'Skip-OmsDdl', 'Invoke-OmsPrecheck', 'Test-OmsConsistency', 'Get-OmsConflict', 'New-OmsProject back -ReverseOf' {
        Complete "$_ f" | Should -Be 'forth'
    }

    It 'quotes a name that PowerShell would take apart' {
        New-OmsDataSource 'a@b' -Type MySQL -Region cn-x -HostName 127.0.0.1 -Port 21524 -Credential $credential | Out-Null
        Complete 'Get-OmsDataSource a' | Should -Be "'a@b'"
    }

    It 'offers regions in use first' {
        (Complete 'New-OmsDataSource x -Region cn-')[0] | Should -Be 'cn-beijing'
        Complete 'New-OmsDataSource x -Region cn-x' | Should -Be 'cn-x'
        Complete 'New-OmsDataSource x -Region eu-c' | Should -Be 'eu-central-1'
    }

    It 'offers the values of -Until' {
        Complete 'Wait-OmsLink forth -Until F' | Should -Be 'FullMigrated'
    }
}
