# The README's quick start, line by line as printed, in a session of its own.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestModule.psm1" -Force
    $noServer = -not (Test-ServerAvailable)
}

Describe 'The quick start of the README' -Skip:$noServer {
    BeforeAll {
        Import-Module "$PSScriptRoot/TestModule.psm1" -Force
        New-TestHome | Out-Null
        $readme = Get-Content "$(Get-RepositoryRoot)/README.md" -Raw
        $readme -match '(?s)## Quick start.*?```powershell\n(.*?)```' | Should -BeTrue
        # Each line is echoed and must succeed before the next one is run.
        $lines = $Matches[1].Split("`n").Where{ $_ -and -not $_.StartsWith('#') }
        $script = @('$ErrorActionPreference = ''Stop''', '$PSNativeCommandUseErrorActionPreference = $true', '$ProgressPreference = ''SilentlyContinue''')
        $script += $lines | ForEach-Object { "Write-Host '> $($_.Replace("'", "''"))'"; "$_ | Out-Default" -replace '^(\$.*= .*|Import-Module .*) \| Out-Default$', '$1' }
        $file = Join-Path ([System.IO.Path]::GetTempPath()) "oms-quick-start-$PID.ps1"
        $script | Set-Content $file
        Push-Location (Get-RepositoryRoot)
        $output = pwsh -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
        $status = $LASTEXITCODE
        $text = $output -join "`n"
    }

    AfterAll {
        if ($status) {
            Write-Host $text
            ./examples/two-servers.sh down
        }
        Pop-Location
        Remove-Item $file
        Remove-TestHome
    }

    It 'runs to its last line without an error' {
        $status | Should -Be 0
        $output | Where-Object { $_ -like '> *' } | Should -HaveCount $lines.Count
        $output[-1] | Should -Match 'two-servers.sh down'
    }

    It 'shows both servers, the conflicts and consistent tables' {
        $text | Should -Match 'beijing +True'
        $text | Should -Match '(?m)^forth .* stock +UpdateChanged +Applied'
        $text | Should -Match '(?m)^back .* stock +UpdateChanged +Kept'
        $text | Should -Match 'shop\.stock +True'
        $text | Should -Not -Match 'shop\.\w+ +False'
    }

    It 'imports the version that is built' {
        $readme | Should -Match ([regex]::Escape("out/Oms.PowerShell/$(Split-Path (Split-Path (Get-ModuleManifest)) -Leaf)/Oms.PowerShell.psd1"))
    }
}
