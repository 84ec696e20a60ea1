@{
    RootModule           = 'Oms.PowerShell.psm1'
    # The build writes the version of Directory.Build.props here.
    ModuleVersion        = '0.0.0'
    GUID                 = 'b3f3a3f4-3b9e-4a55-9f0e-6a5a3c1c5d27'
    Author               = 'The Oms.PowerShell authors'
    CompanyName          = 'Oms.PowerShell'
    Copyright            = '(c) The Oms.PowerShell authors. Apache-2.0.'
    Description          = 'Migrates and synchronizes OceanBase, MySQL and MariaDB databases between regions, active-active.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    RequiredAssemblies   = @('Oms.Loader.dll')
    TypesToProcess       = @('Oms.PowerShell.Types.ps1xml')
    FormatsToProcess     = @('Oms.PowerShell.Format.ps1xml')
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'New-OmsDataSource', 'Get-OmsDataSource', 'Set-OmsDataSource', 'Test-OmsDataSource', 'Remove-OmsDataSource'
        'New-OmsProject', 'Get-OmsProject', 'Remove-OmsProject', 'Invoke-OmsPrecheck'
        'Start-OmsLink', 'Get-OmsLink', 'Wait-OmsLink', 'Stop-OmsLink', 'Suspend-OmsLink', 'Resume-OmsLink', 'Skip-OmsDdl'
        'Test-OmsConsistency', 'Get-OmsConflict', 'Resolve-OmsConflict'
    )
    PrivateData          = @{
        PSData = @{
            Tags       = @('OceanBase', 'MySQL', 'MariaDB', 'Replication', 'Migration', 'DisasterRecovery')
            LicenseUri = 'https://www.apache.org/licenses/LICENSE-2.0'
        }
    }
}
