# What the tests share: the built module, a home of their own, and two real servers.

$root = Resolve-Path (Join-Path $PSScriptRoot '../..')

function Get-RepositoryRoot { $root.Path }

# The manifest that the build has assembled last.
function Get-ModuleManifest {
    $manifest = Get-ChildItem "$root/out/Oms.PowerShell/*/Oms.PowerShell.psd1" | Sort-Object LastWriteTime | Select-Object -Last 1
    if (-not $manifest) { throw 'The module is not built; run: dotnet build Oms.PowerShell.sln --configuration Release' }
    $manifest.FullName
}

# Metadata of its own for a test file; the caller removes it with Remove-TestHome, after the module.
function New-TestHome {
    $env:OMS_HOME = Join-Path ([System.IO.Path]::GetTempPath()) "oms-pester-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $env:OMS_HOME
}

function Remove-TestHome {
    Remove-Module Oms.PowerShell -ErrorAction Ignore
    if (Test-Path $env:OMS_HOME) { Remove-Item $env:OMS_HOME -Recurse -Force }
    $env:OMS_HOME = $null
}

# An account whose password is easy to find where it must not be.
function New-TestCredential([string] $User = 'oms', [string] $Password = "pw-$([guid]::NewGuid().ToString('N'))") {
    [pscredential]::new($User, (ConvertTo-SecureString $Password -AsPlainText -Force))
}

# Everything that the user's metadata holds, as text: two equal answers mean that nothing was changed.
function Get-MetadataText {
    @(Get-OmsDataSource) + @(Get-OmsProject) + @(Get-OmsLink) | ForEach-Object { $_ | Format-List | Out-String }
}

function Test-ServerAvailable {
    $available = -not $IsWindows -and [bool](Get-Command mariadbd, /usr/sbin/mariadbd -ErrorAction Ignore)
    if (-not $available) { Write-Warning 'TESTS ON REAL SERVERS SKIPPED: no mariadbd here (tests/servers/install.sh mariadb1011 installs it)' }
    $available
}

# examples/two-servers.sh with ports and a folder for these tests alone.
function Start-TestServers([pscredential] $Credential, [int] $FirstPort, [string] $Options = '') {
    $env:OMS_DEMO_PASSWORD = $Credential.GetNetworkCredential().Password
    $env:OMS_DEMO_PORTS = "$FirstPort $($FirstPort + 1)"
    $env:OMS_DEMO_FOLDER = Join-Path ([System.IO.Path]::GetTempPath()) "oms-pester-servers-$PID-$FirstPort"
    $env:OMS_DEMO_OPTIONS = $Options
    & "$root/examples/two-servers.sh" up | Out-Null
    if ($LASTEXITCODE) { throw 'The test servers did not start.' }
}

function Stop-TestServers {
    & "$root/examples/two-servers.sh" down
    $env:OMS_DEMO_PASSWORD = $env:OMS_DEMO_PORTS = $env:OMS_DEMO_FOLDER = $env:OMS_DEMO_OPTIONS = $null
}

# Rows as strings, columns parted by tabs.
function Invoke-Sql([string] $Server, [string] $Sql) {
    $rows = & "$root/examples/two-servers.sh" sql $Server $Sql | Select-Object -Skip 1
    if ($LASTEXITCODE) { throw "SQL failed on ${Server}: $Sql" }
    $rows
}

# The table's rows as one checksum by the server itself: independent of the engine's own verification.
function Get-TableChecksum([string] $Server, [string] $Table) { (Invoke-Sql $Server "CHECKSUM TABLE $Table EXTENDED") }

Export-ModuleMember -Function *
