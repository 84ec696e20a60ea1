# The module as a user meets it: fast to import, complete, documented, and leaving nothing of itself in the session.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestModule.psm1" -Force
    Import-Module (Get-ModuleManifest) -Force
    $commands = Get-Command -Module Oms.PowerShell | ForEach-Object { @{ Name = $_.Name; Info = $_ } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestModule.psm1" -Force
    $manifest = Get-ModuleManifest
    $folder = Split-Path $manifest
    New-TestHome | Out-Null
    Import-Module $manifest -Force
}

AfterAll { Remove-TestHome }

Describe 'The package' {
    It 'has the version of Directory.Build.props' {
        $version = ([xml](Get-Content "$(Get-RepositoryRoot)/Directory.Build.props" -Raw)).Project.PropertyGroup.Version
        (Test-ModuleManifest $manifest).Version | Should -Be $version
        Split-Path $folder -Leaf | Should -Be $version
    }

    It 'does not hold System.Management.Automation.dll' {
        Get-ChildItem $folder -Recurse -Filter 'System.Management.Automation*' | Should -BeNullOrEmpty
    }

    It 'holds the native SQLite library of <_>' -ForEach 'linux-x64/native/libe_sqlite3.so', 'linux-arm64/native/libe_sqlite3.so', 'win-x64/native/e_sqlite3.dll', 'osx-x64/native/libe_sqlite3.dylib', 'osx-arm64/native/libe_sqlite3.dylib' {
        "$folder/bin/runtimes/$_" | Should -Exist
    }

    It 'holds no file of the build besides what it needs' {
        Get-ChildItem $folder -Recurse -Include '*.pdb', '*.deps.json', '*.runtimeconfig.json' | Should -BeNullOrEmpty
    }
}

Describe 'Importing' {
    It 'takes less than half a second' {
        # Of the processor, and the best of three: another process on the machine must not fail this.
        $script = '$process = [Diagnostics.Process]::GetCurrentProcess(); $before = $process.TotalProcessorTime; Import-Module ''{0}''; $process.Refresh(); ($process.TotalProcessorTime - $before).TotalMilliseconds' -f $manifest
        $times = 1..3 | ForEach-Object { [int](pwsh -NoProfile -NonInteractive -Command $script) }
        ($times | Measure-Object -Minimum).Minimum | Should -BeLessThan 500
    }

    It 'touches neither the metadata nor SQLite' {
        $before = Join-Path ([System.IO.Path]::GetTempPath()) "oms-untouched-$([guid]::NewGuid().ToString('N'))"
        $script = '$env:OMS_HOME = ''{0}''; Import-Module ''{1}''; (Test-Path $env:OMS_HOME), ([AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -contains ''Microsoft.Data.Sqlite'') -join '' ''' -f $before, $manifest
        pwsh -NoProfile -NonInteractive -Command $script | Should -Be 'False False'
    }

    It 'keeps its own libraries out of the default load context' {
        $script = 'Import-Module ''{0}''; $null = Get-OmsProject; [Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.GetName().Name' -f $manifest
        $names = pwsh -NoProfile -NonInteractive -Command $script
        $names | Should -Contain 'Oms.Loader'
        $names | Should -Not -Contain 'Oms.PowerShell'
        $names | Should -Not -Contain 'Oms.Engine'
        $names | Should -Not -Contain 'Microsoft.Data.Sqlite'
    }

    It 'works again after -Force and after Remove-Module' {
        $script = @'
            $manifest = '{0}'
            Import-Module $manifest; (Get-Command -Module Oms.PowerShell).Count
            Import-Module $manifest -Force; (Get-Command -Module Oms.PowerShell).Count
            Remove-Module Oms.PowerShell; @(Get-Command -Module Oms.PowerShell).Count
            Import-Module $manifest; (Get-Command -Module Oms.PowerShell).Count; @(Get-OmsProject).Count
'@ -f $manifest
        pwsh -NoProfile -NonInteractive -Command $script | Should -Be 19, 19, 0, 19, 0
    }
}

Describe 'The commands' {
    It 'are these' {
        (Get-Command -Module Oms.PowerShell).Name | Sort-Object | Should -Be @(
            'Get-OmsConflict', 'Get-OmsDataSource', 'Get-OmsLink', 'Get-OmsProject', 'Invoke-OmsPrecheck', 'New-OmsDataSource', 'New-OmsProject'
            'Remove-OmsDataSource', 'Remove-OmsProject', 'Resolve-OmsConflict', 'Resume-OmsLink', 'Set-OmsDataSource', 'Skip-OmsDdl', 'Start-OmsLink', 'Stop-OmsLink', 'Suspend-OmsLink', 'Test-OmsConsistency', 'Test-OmsDataSource', 'Wait-OmsLink')
    }

    It 'use approved verbs' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module Oms.PowerShell).Verb | Where-Object { $_ -notin $approved } | Should -BeNullOrEmpty
    }

    It 'never take a password as a string' {
        (Get-Command -Module Oms.PowerShell).Parameters.Values | Where-Object { $_.Name -match 'password' } | Should -BeNullOrEmpty
        (Get-Command New-OmsDataSource).Parameters['Credential'].ParameterType | Should -Be ([pscredential])
    }

    It '<_> can be tried with -WhatIf' -ForEach 'New-OmsDataSource', 'Set-OmsDataSource', 'Remove-OmsDataSource', 'New-OmsProject', 'Remove-OmsProject', 'Start-OmsLink', 'Stop-OmsLink', 'Suspend-OmsLink', 'Resume-OmsLink', 'Skip-OmsDdl', 'Resolve-OmsConflict' {
        (Get-Command $_).Parameters.Keys | Should -Contain 'WhatIf'
    }

    It '<Name> is documented: synopsis, every parameter, an example' -ForEach $commands {
        $help = Get-Help $Name -Full
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match "^\s*$Name"
        $help.examples.example | Should -Not -BeNullOrEmpty
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters
        foreach ($parameter in $Info.Parameters.Keys | Where-Object { $_ -notin $common }) {
            $text = $help.parameters.parameter | Where-Object name -eq $parameter
            $text.description.Text | Should -Not -BeNullOrEmpty -Because "-$parameter of $Name needs a word"
        }
        $help.parameters.parameter.name | Where-Object { $_ -notin $Info.Parameters.Keys } | Should -BeNullOrEmpty -Because 'Update-Help.ps1 was not run'
    }

    It '<Name> emits a type that has a table view' -ForEach $commands {
        $format = [xml](Get-Content "$folder/Oms.PowerShell.Format.ps1xml" -Raw)
        $views = $format.Configuration.ViewDefinitions.View.ViewSelectedBy.TypeName
        $Info.OutputType.Name | Where-Object { $_ -ne 'System.Boolean' } | Should -BeIn $views
    }

    It 'there is an about topic' {
        (Get-Help about_Oms_PowerShell | Out-String) | Should -Match 'ReverseOf'
    }
}
