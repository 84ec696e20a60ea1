# What is refused: one clear error with a stable id, a category and a remedy, and nothing is changed.
BeforeAll {
    Import-Module "$PSScriptRoot/TestModule.psm1" -Force
    New-TestHome | Out-Null
    Import-Module (Get-ModuleManifest) -Force
    $credential = New-TestCredential
    $server = @{ Type = 'MariaDB'; HostName = '127.0.0.1'; Credential = $credential }
    New-OmsDataSource beijing -Region cn-beijing -Port 21511 @server | Out-Null
    New-OmsDataSource shanghai -Region cn-shanghai -Port 21512 @server | Out-Null
    New-OmsDataSource beijing2 -Region cn-beijing -Port 21513 @server | Out-Null
    New-OmsProject forth -Source beijing -Destination shanghai -Object 'shop.*' -Scenario ActiveActive | Out-Null

    # Runs something that must be refused; answers its one error after asserting what every error has to keep to.
    function Get-Refusal([scriptblock] $Action) {
        $ErrorActionPreference = 'Continue'
        $before = Get-MetadataText
        $output = & $Action 2>&1
        $errors = @($output | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
        $errors.Count | Should -Be 1
        @($output).Count | Should -Be 1 -Because 'a refused command emits nothing but its error'
        $errors[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$($errors[0])" | Should -Not -Match $credential.GetNetworkCredential().Password
        Get-MetadataText | Should -Be $before
        $errors[0]
    }
}

AfterAll { Remove-TestHome }

Describe 'A data source' {
    It 'whose identifier <Case> is refused' -ForEach @(
        @{ Case = 'holds a space'; Name = 'bei jing' }
        @{ Case = 'has 33 characters'; Name = 'b' * 33 }
        @{ Case = 'is blank'; Name = ' ' }
    ) {
        $refusal = Get-Refusal { New-OmsDataSource $Name -Region cn-x -Port 21514 @server }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'DataSourceNameInvalid,*'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }

    It 'with an identifier that exists is refused' {
        $refusal = Get-Refusal { New-OmsDataSource beijing -Region cn-x -Port 21514 @server }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'DataSourceExists,*'
        $refusal.CategoryInfo.Category | Should -Be 'ResourceExists'
        "$refusal" | Should -Match 'beijing'
    }

    It 'with an account that exists is refused' {
        $refusal = Get-Refusal { New-OmsDataSource other -Region cn-x -Port 21511 @server }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'DataSourceAccountExists,*'
        "$refusal" | Should -Match "oms.*127\.0\.0\.1:21511.*beijing"
    }

    It 'whose region holds a space is refused' {
        (Get-Refusal { New-OmsDataSource other -Region 'cn x' -Port 21514 @server }).FullyQualifiedErrorId | Should -BeLike 'RegionInvalid,*'
    }

    It 'whose CA file is missing is refused' {
        (Get-Refusal { New-OmsDataSource other -Region cn-x -Port 21514 -Tls VerifyCA -TlsCaFile /no/such/file.pem @server }).FullyQualifiedErrorId | Should -BeLike 'TlsCaFileNotFound,*'
    }

    It 'whose host is <HostName> is refused under -WhatIf too, and what may hold a password is not repeated' -ForEach @(
        @{ HostName = 'mysql://u:secret-word@h/' }
        @{ HostName = 'u:secret-word@h' }
        @{ HostName = 'h:3306' }
    ) {
        foreach ($action in { New-OmsDataSource other -Type MySQL -Region cn-x -HostName $HostName -Credential $credential }, { New-OmsDataSource other -Type MySQL -Region cn-x -HostName $HostName -Credential $credential -WhatIf },
            { Set-OmsDataSource beijing -HostName $HostName }) {
            $refusal = Get-Refusal $action
            $refusal.FullyQualifiedErrorId | Should -BeLike 'HostInvalid,*'
            "$refusal$($refusal.ErrorDetails.RecommendedAction)" | Should -Not -Match 'secret-word'
        }
    }

    It 'that a project uses keeps its region and is no copy of the other side' {
        (Get-Refusal { Set-OmsDataSource beijing -Region cn-north }).FullyQualifiedErrorId | Should -BeLike 'DataSourceInUse,*'
        (Get-Refusal { Set-OmsDataSource beijing -Port 21512 }).FullyQualifiedErrorId | Should -BeLike 'SourceIsDestination,*'
    }

    It 'whose port is no port is refused by the parameter' {
        { New-OmsDataSource other -Region cn-x -Port 65536 @server } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'that a project uses is not removed' {
        $refusal = Get-Refusal { Remove-OmsDataSource beijing -Confirm:$false }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'DataSourceInUse,*'
        "$refusal" | Should -Match 'forth'
    }

    It 'that is not there is named by <Name>' -ForEach @(
        @{ Name = 'Get-OmsDataSource'; Action = { Get-OmsDataSource nowhere } }
        @{ Name = 'Test-OmsDataSource'; Action = { Test-OmsDataSource nowhere } }
        @{ Name = 'Set-OmsDataSource'; Action = { Set-OmsDataSource nowhere -Port 1 } }
        @{ Name = 'Remove-OmsDataSource'; Action = { Remove-OmsDataSource nowhere -Confirm:$false } }
        @{ Name = 'New-OmsProject'; Action = { New-OmsProject p -Source nowhere -Destination shanghai -Object 'shop.*' } }
    ) {
        $refusal = Get-Refusal $Action
        $refusal.FullyQualifiedErrorId | Should -BeLike 'DataSourceNotFound,*'
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        "$refusal" | Should -Match 'nowhere'
    }

    It 'on a port where nobody listens is reported by the test, with a remedy, and not as an error' {
        $test = Test-OmsDataSource beijing
        $test.Success | Should -BeFalse
        $test.Error | Should -Match '127\.0\.0\.1:21511'
        $test.Remedy | Should -Not -BeNullOrEmpty
        Test-OmsDataSource beijing -Quiet | Should -BeFalse
    }
}

Describe 'A project' {
    It 'is refused when <Case>' -ForEach @(
        @{ Case = 'its name holds a space'; Id = 'ProjectNameInvalid'; Action = { New-OmsProject 'my project' -Source beijing -Destination shanghai -Object 'shop.*' } }
        @{ Case = 'its name has 65 characters'; Id = 'ProjectNameInvalid'; Action = { New-OmsProject ('p' * 65) -Source beijing -Destination shanghai -Object 'shop.*' } }
        @{ Case = 'its name holds $'; Id = 'ProjectNameInvalid'; Action = { New-OmsProject 'a$$b' -Source beijing -Destination shanghai -Object 'shop.*' } }
        @{ Case = 'it has a concurrency without Custom'; Id = 'ConcurrencyInvalid'; Action = { New-OmsProject p -Source beijing -Destination shanghai -Object 'shop.*' -ReadConcurrency 4 } }
        @{ Case = 'its definition is wrong under -WhatIf'; Id = 'ConcurrencyInvalid'; Action = { New-OmsProject p -Source beijing -Destination shanghai -Object 'shop.*' -ReadConcurrency 4 -WhatIf } }
        @{ Case = 'its name exists, under -WhatIf'; Id = 'ProjectExists'; Action = { New-OmsProject forth -Source beijing -Destination shanghai -Object 'shop.*' -WhatIf } }
        @{ Case = 'its reverse link would come too early, under -WhatIf'; Id = 'ReverseTooEarly'; Action = { New-OmsProject back -ReverseOf forth -WhatIf } }
        @{ Case = 'its name exists'; Id = 'ProjectExists'; Action = { New-OmsProject forth -Source beijing -Destination shanghai -Object 'shop.*' } }
        @{ Case = 'source and destination are the same'; Id = 'SourceIsDestination'; Action = { New-OmsProject p -Source beijing -Destination beijing -Object 'shop.*' } }
        @{ Case = 'it is active-active within a region'; Id = 'SameRegion'; Action = { New-OmsProject p -Source beijing -Destination beijing2 -Object 'shop.*' -Scenario ActiveActive } }
        @{ Case = 'the priority region is neither of the two'; Id = 'PriorityRegionInvalid'; Action = { New-OmsProject p -Source beijing -Destination shanghai -Object 'shop.*' -PriorityRegion cn-north } }
        @{ Case = 'it is the reverse of a link whose schema migration is not complete'; Id = 'ReverseTooEarly'; Action = { New-OmsProject back -ReverseOf forth } }
        @{ Case = 'it is the reverse of nothing'; Id = 'ProjectNotFound'; Action = { New-OmsProject back -ReverseOf nothing } }
        @{ Case = 'an object is not db.table'; Id = 'Object*'; Action = { New-OmsProject p -Source beijing -Destination shanghai -Object 'shop' } }
    ) {
        (Get-Refusal $Action).FullyQualifiedErrorId | Should -BeLike "$Id,Oms.PowerShell.NewOmsProjectCommand"
    }

    It 'that is not there is named by <_>' -ForEach 'Get-OmsProject', 'Remove-OmsProject', 'Invoke-OmsPrecheck', 'Start-OmsLink', 'Get-OmsLink', 'Wait-OmsLink', 'Stop-OmsLink', 'Skip-OmsDdl', 'Test-OmsConsistency', 'Get-OmsConflict' {
        $command = $_
        $refusal = Get-Refusal { & $command nothing }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'ProjectNotFound,*'
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'that does not run is neither stopped nor waited for' {
        (Get-Refusal { Stop-OmsLink forth }).FullyQualifiedErrorId | Should -BeLike 'LinkNotRunning,*'
        (Get-Refusal { Wait-OmsLink forth -Until FullMigrated -TimeoutSec 5 }).FullyQualifiedErrorId | Should -BeLike 'LinkNotRunning,*'
    }

    It 'that has not stopped at a DDL statement has none to pass over' {
        (Get-Refusal { Skip-OmsDdl forth -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'NoDdlToSkip,*'
    }

    It 'takes no parameter of a forward link with -ReverseOf' {
        { New-OmsProject back -ReverseOf forth -Source beijing } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }
}

Describe 'Errors' {
    It 'are one for each item: the good ones are done' {
        $names = (Get-OmsDataSource beijing, nowhere, shanghai -ErrorAction SilentlyContinue -ErrorVariable refused).Name
        $names | Should -Be 'beijing', 'shanghai'
        $refused.Count | Should -Be 1
    }

    It 'honour -ErrorAction Stop' {
        { Get-OmsProject nothing -ErrorAction Stop } | Should -Throw -ErrorId 'ProjectNotFound,Oms.PowerShell.GetOmsProjectCommand'
    }

    It 'are none for a pattern without a match' {
        Get-OmsProject 'nothing*' -ErrorAction Stop | Should -BeNullOrEmpty
    }
}
