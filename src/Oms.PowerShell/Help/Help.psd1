# The text of the cmdlets' help. Update-Help.ps1 makes module/en-US/Oms.PowerShell.dll-Help.xml of it and of the cmdlets themselves.
@{
    'New-OmsDataSource'    = @{
        Synopsis    = 'Adds a data source: a server with the account that migrates.'
        Description = 'Stores where the server is and how to connect. No connection is made; Test-OmsDataSource makes one. The password is stored encrypted and is never shown again.'
        Outputs     = 'Oms.DataSource'
        Parameters  = @{
            Name       = 'The data source identifier: unique, 1-32 characters, no spaces.'
            Type       = 'The kind of server: MySQL, MariaDB or OceanBase.'
            Region     = 'The region that the server stands in, such as cn-beijing. It names the origin of changes, so that they do not travel in circles.'
            HostName   = 'Host name or address of the server, or of ODP on OceanBase.'
            Port       = 'TCP port; 3306 when not given, 2883 on OceanBase.'
            Credential = 'The account that migrates. On OceanBase the user name is user@tenant#cluster.'
            Tls        = 'When the connection is encrypted: Preferred (where the server offers it; once it was seen to, it must), None, Required, VerifyCA or VerifyFull.'
            TlsCaFile  = 'A PEM file of the certificates to trust: with it the server''s certificate is checked in every mode but None. MySQL makes one of its own, ca.pem in its data directory.'
            TlsFingerprint = 'The SHA-256 of the server''s certificate, 64 hexadecimal digits: that certificate alone is accepted. Test-OmsDataSource shows the one that it meets; compare it with the server''s own before you pin it.'
            ServerPublicKeyFile = 'A PEM file of the server''s RSA public key (public_key.pem in MySQL''s data directory), for accounts with a SHA-256 password on a server without TLS.'
            TrustServer = 'To whom the password itself is sent, where the account''s kind of authentication asks for it: Verified (the default; over verified TLS, a Unix socket or encrypted with ServerPublicKeyFile) or Any, with which whoever sits between can learn it.'
            Database   = 'The default database of the connection.'
            Remarks    = 'Free text.'
        }
        Examples    = @(
            @{ Code = 'New-OmsDataSource beijing -Type MariaDB -Region cn-beijing -HostName 10.1.0.5 -Credential (Get-Credential oms)'; Text = 'Adds a MariaDB server.' }
            @{ Code = 'New-OmsDataSource hz -Type OceanBase -Region cn-hangzhou -HostName odp.example -Credential (Get-Credential ''oms@shop#obcluster'') -Tls VerifyFull -TlsCaFile ./ca.pem'; Text = 'Adds an OceanBase tenant behind ODP, with a verified certificate.' }
        )
    }
    'Get-OmsDataSource'    = @{
        Synopsis    = 'Lists data sources.'
        Description = 'All data sources, those whose name matches a wildcard pattern, or one by its name.'
        Outputs     = 'Oms.DataSource'
        Parameters  = @{ Name = 'Data source identifiers; wildcards are allowed.' }
        Examples    = @(@{ Code = 'Get-OmsDataSource bei*'; Text = 'Lists the data sources whose name begins with bei.' })
    }
    'Set-OmsDataSource'    = @{
        Synopsis    = 'Changes how data sources are reached: account, password, host, port, TLS.'
        Description = 'What is not given stays as it is; an empty text takes away what was there. Links that run make their connections anew and go on where they were; those that wait because their log-in is refused go on. No connection is made here; Test-OmsDataSource makes one.'
        Outputs     = 'None, or Oms.DataSource with -PassThru'
        Parameters  = @{
            Name       = 'Data source identifiers.'
            Credential = 'The account and its new password.'
            HostName   = 'Host name or address of the server, or of ODP on OceanBase.'
            Type       = 'The kind of server: MySQL, MariaDB or OceanBase. Only while no project names the data source.'
            Region     = 'The region that the server stands in. Only while no project names the data source.'
            Port       = 'TCP port.'
            Tls        = 'When the connection is encrypted: Preferred, None, Required, VerifyCA or VerifyFull. Given, it also forgets that the server was seen with TLS.'
            TlsCaFile  = 'A PEM file of the certificates to trust.'
            TlsFingerprint = 'The SHA-256 of the server''s certificate, 64 hexadecimal digits: that certificate alone is accepted.'
            ServerPublicKeyFile = 'A PEM file of the server''s RSA public key, for accounts with a SHA-256 password on a server without TLS.'
            TrustServer = 'To whom the password itself is sent, where the account''s kind of authentication asks for it: Verified or Any.'
            Database   = 'The default database of the connection.'
            Remarks    = 'Free text.'
            PassThru   = 'Emits the data source as it is now.'
        }
        Examples    = @(
            @{ Code = 'Set-OmsDataSource beijing -Credential (Get-Credential oms)'; Text = 'Stores a changed password; links that were refused go on.' }
            @{ Code = 'Set-OmsDataSource beijing -TlsFingerprint (Test-OmsDataSource beijing).TlsFingerprint'; Text = 'Pins the certificate that the server shows, after it was compared with the server''s own.' }
        )
    }
    'Test-OmsDataSource'   = @{
        Synopsis    = 'Connects to data sources with the stored account and reports what it finds.'
        Description = 'Reports the version, the kind of server, what protects the connection (Tls: Verified, Encrypted, None or UnixSocket), the certificate''s fingerprint and the round trip time. A failure is a result with Error and Remedy, not an error.'
        Outputs     = 'Oms.DataSourceTest, or System.Boolean with -Quiet'
        Parameters  = @{ Name = 'Data source identifiers.'; Quiet = 'Emits only whether the connection succeeded.' }
        Examples    = @(@{ Code = 'Get-OmsDataSource | Test-OmsDataSource | Where-Object Success -eq $false | Format-List Name, Error, Remedy'; Text = 'Shows what is wrong with the data sources that cannot be reached.' })
    }
    'Remove-OmsDataSource' = @{
        Synopsis    = 'Removes data sources that no project names.'
        Description = 'Removes the data source and its stored password from the metadata. Nothing on the server changes.'
        Outputs     = 'None, or Oms.DataSource with -PassThru'
        Parameters  = @{ Name = 'Data source identifiers.'; PassThru = 'Emits the data source that was removed.' }
        Examples    = @(@{ Code = 'Remove-OmsDataSource beijing'; Text = 'Asks, then removes the data source.' })
    }
    'New-OmsProject'       = @{
        Synopsis    = 'Adds a project: a forward link, or the reverse link of an active-active pair.'
        Description = 'A project is one link from a source to a destination. Its definition is checked, no server is asked. A reverse link swaps source and destination of its forward link, has the same objects, is incremental only, and can be added once the schema migration of the forward link is complete.'
        Outputs     = 'Oms.Project'
        Parameters  = @{
            Name                = 'The name of the project and of its link: unique, 1-64 characters, no spaces.'
            Source              = 'The data source that changes come from.'
            Destination         = 'The data source that changes go to.'
            Object              = 'What is carried: db.table or db.*, with the wildcards * ? [] [!] in the table part; case-sensitive. Another name at the destination stands behind a =: db.table=db.table, db.*=db.*, or db.t[0-9]=db.t for several tables into one; a rule that names a table counts before those with wildcards. Under a wildcard a table without a unique key is left out and listed as left out; a table named so is an error of the precheck.'
            Exclude             = 'What is left out, in the same form.'
            Scenario            = 'DataMigration (default) or ActiveActive, which wants two regions and a reverse link.'
            MigrationType       = 'The steps: any of Schema, Full, Incremental, Verification; all when not given.'
            PriorityRegion      = 'With RegionPriority: the region whose version of a row wins, on both links; the region of the source when not given.'
            RelayOrigin         = 'Origins (regions) whose transactions this link carries on, besides those of the source region itself.'
            ConcurrencySpeed    = 'How hard full migration works: Stable, Normal (default), Fast, or Custom with the two concurrencies.'
            ReadConcurrency     = 'With Custom: connections that read, 1-64.'
            WriteConcurrency    = 'With Custom: connections that write, 1-64.'
            ExistingRecords     = 'What full migration does with a row whose key is at the destination already: Stop (default) fails the project and names the row, Ignore keeps the existing row.'
            StoreRetentionHours = 'Hours that applied log segments are kept, 24-8760; 168 when not given.'
            ReverseOf           = 'The forward project whose reverse link this is.'
            SyncDdl             = 'Synchronizes DDL; on one link of an active-active pair at most.'
            UnsynchronizedDdl   = 'What the link does at a DDL statement that it does not synchronize and that takes rows or tables away, or lets the source change rows unlogged (without -SyncDdl: TRUNCATE, DROP TABLE, DROP, TRUNCATE and EXCHANGE PARTITION, an engine without transactions, a cascading foreign key): Stop (default), or Warn, which goes on and lists the statement in PassedDdl of Get-OmsLink. A reverse link does as its forward link.'
            ViewDdl             = 'What the link does with CREATE, ALTER and DROP VIEW: Synchronize (default) makes the views at the destination where -SyncDdl is given and the link is not active-active; PassOver, and all other links, list the statements in PassedDdl of Get-OmsLink. They stop no link.'
            StartTimestamp      = 'Where incremental synchronization begins, without full migration: with the first transaction of the source''s log that was committed at this time or later; now when not given. Refused with the available range when the log does not reach back so far, and when a selected table was changed since.'
            Dml                 = 'Which changes incremental synchronization carries, by what the source did: any of Insert, Update, Delete; all when not given. A change of a rows key is an update. With less than all there is no verification and no active-active pair, and conflicts are not looked for: rows that the destination has become the sources.'
            ColumnMapping       = 'For tables of the source (wildcards as in -Object): the names of columns at the destination by those at the source, $null for a column that is left out. Key columns can not be left out.'
            CharacterSetMapping = 'Character sets that are others at the destination: names of the source to names of the destination. Their collations become _bin or _general_ci of the new set (between Unicode sets the one of the same name) unless -CollationMapping says otherwise. Not in an active-active pair.'
            CollationMapping    = 'Collations that are others at the destination, as when it has not the one of the source: full names of the source to full names of the destination. Keys that differ at the source may be equal at the destination then; the precheck names them. Not in an active-active pair.'
            RowFilter           = 'For tables of the source (wildcards as in -Object): the condition, as behind WHERE, of the rows that are carried. The source evaluates it, with times in UTC. An update that takes a row out of it is a delete at the destination, one that brings a row in an insert.'
            IncrementalSpeed    = 'Preset of incremental synchronization (writers/megabytes of rows in memory): Stable 1/16, Normal 4/48 (default), Fast 8/96; Custom takes IncrementalWriteConcurrency and IncrementalMemoryMB.'
            IncrementalWriteConcurrency = 'With IncrementalSpeed Custom: connections that write at the destination, 1-64.'
            IncrementalMemoryMB = 'With IncrementalSpeed Custom: megabytes of changed rows held in memory at most, 8-4096. The process needs some 100 MB beside them.'
            MaxRowsPerSecond    = 'Changed rows that incremental synchronization applies in a second at most; no limit when not given. A transaction is never split: a large one is applied at once and paid for afterwards.'
            MaxBytesPerSecond   = 'Bytes of changed rows (before and after) that incremental synchronization applies in a second at most, 1024 or more; no limit when not given.'
            ForeignKeyChecks    = 'Has the destination check foreign keys when changes are applied. Off when not given: the source has checked them. A change that fails the check stops the link. Not for tables whose foreign keys cascade at the destination; off in any case while changes are replayed over a full migration, and for rows that settle a conflict afterwards.'
            Heartbeat           = 'Writes a heartbeat at the source every 5 seconds (the row of slot 901 in oms.txn_mark, which no link carries), so that latency is proven through the whole log when nothing else is written; the account needs to write in database oms there. A reverse link has it when its forward link has.'
            ConflictPolicy      = 'What happens when both regions changed a row: RegionPriority (default), SourceWins, DestinationWins, LatestWins or Stop. A reverse link takes what fits its forward link when not given.'
            UniqueClash         = 'On a link that is not active-active, what happens when a row of the source clashes with another one at the destination by a unique key, because the destination''s key has another collation or other columns, or somebody has written there: Stop (default) stops the link before it with both rows shown; Alert lets the conflict policy decide which of the two is lost, records a conflict of kind UniqueKey and keeps an alert in the link''s status.'
            LatestColumn        = 'With LatestWins: the column whose greater value wins, in every selected table; NOT NULL, an integer, DATE, DATETIME or TIMESTAMP.'
        }
        Examples    = @(
            @{ Code = 'New-OmsProject forth -Source beijing -Destination shanghai -Object ''shop.*'' -Exclude ''shop.tmp_*'' -Scenario ActiveActive'; Text = 'Adds the forward link of an active-active pair.' }
            @{ Code = 'New-OmsProject back -ReverseOf forth'; Text = 'Adds its reverse link.' }
            @{ Code = 'New-OmsProject copy -Source old -Destination new -Object ''shop.orders'' -MigrationType Schema, Full, Verification'; Text = 'Adds a migration that ends when the rows are there.' }
            @{ Code = 'New-OmsProject part -Source old -Destination new -Object ''shop.*=crm.*'' -RowFilter @{ ''shop.orders'' = "region = ''cn''" } -ColumnMapping @{ ''shop.customer'' = @{ fullname = ''name''; secret = $null } }'; Text = 'Adds a migration into a database of another name, with a part of the rows of one table and without a column of another.' }
            @{ Code = 'New-OmsProject move -Source mysql -Destination mariadb -Object ''shop.*'' -SyncDdl -CollationMapping @{ utf8mb4_0900_ai_ci = ''utf8mb4_uca1400_nopad_ai_ci'' }'; Text = 'Adds a link from MySQL to MariaDB, which has no utf8mb4_0900_ai_ci: the tables get the collation that takes the same keys for equal.' }
        )
    }
    'Get-OmsProject'       = @{
        Synopsis    = 'Lists projects.'
        Description = 'All projects, those whose name matches a wildcard pattern, or one by its name.'
        Outputs     = 'Oms.Project'
        Parameters  = @{ Name = 'Project names; wildcards are allowed.' }
        Examples    = @(@{ Code = 'Get-OmsProject | Start-OmsLink | Wait-OmsLink -Until Synchronized'; Text = 'Starts every link and waits until all are synchronized.' })
    }
    'Remove-OmsProject'    = @{
        Synopsis    = 'Removes projects that are not running.'
        Description = 'Removes the project, its state and its Store files. Nothing in a database is removed; the mark rows at the destination stay.'
        Outputs     = 'None, or Oms.Project with -PassThru'
        Parameters  = @{ Name = 'Project names.'; PassThru = 'Emits the project that was removed.' }
        Examples    = @(@{ Code = 'Stop-OmsLink back; Remove-OmsProject back'; Text = 'Stops the link, asks, then removes the project.' })
    }
    'Invoke-OmsPrecheck'   = @{
        Synopsis    = 'Checks on both servers whether a project may start.'
        Description = 'Emits each item as it is found: Passed, Warning or Failed, with the remedy. Changes nothing.'
        Outputs     = 'Oms.Precheck.PrecheckItem'
        Parameters  = @{ Name = 'Project names.' }
        Examples    = @(@{ Code = 'Invoke-OmsPrecheck forth | Where-Object Result -ne Passed | Format-List'; Text = 'Shows what is to be mended before the start.' })
    }
    'Start-OmsLink'        = @{
        Synopsis    = 'Starts or resumes links in this session.'
        Description = 'Each link runs as a background job of this session (Get-Job shows it under the name of the project) and goes through the steps of its project from where it was left. The status right after the start is emitted. The job''s output is the status whenever its state or step is found changed (it looks four times a second), its error stream the error that ended the link.'
        Outputs     = 'Oms.LinkStatus'
        Parameters  = @{
            Name           = 'Project names.'
            ConflictChoice = 'Who wins the conflict before which a link with policy Stop has paused: SourceWins (what the link carries) or DestinationWins. It counts for that row while the link then runs.'
            MoveSource     = 'For a link whose source was replaced by one of its replicas, to which the data source leads by now (Set-OmsDataSource): the link applies what its Store holds, finds its place in the new server''s log by GTID and goes on there, without loss and without applying anything twice. SourceMoved of Get-OmsLink tells from where to where. If that can''t be promised (the replica lacks transactions that the link has read, has purged what comes next, has no GTIDs, or is no replica of the old source), the link ends with the reason, and nothing is changed. A link whose source is the one that it knows starts as ever.'
        }
        Examples    = @(
            @{ Code = 'Start-OmsLink forth | Wait-OmsLink -Until FullMigrated'; Text = 'Starts a link and waits until the rows that existed are copied.' }
            @{ Code = 'Start-OmsLink forth; Receive-Job forth'; Text = 'Starts a link and reads what its job has told so far.' }
            @{ Code = 'Set-OmsDataSource beijing -HostName replica2; Start-OmsLink forth -MoveSource'; Text = 'After a failover: has the link go on at the promoted replica.' }
        )
    }
    'Get-OmsLink'          = @{
        Synopsis    = 'Shows what links are doing.'
        Description = 'The status of all links, whichever process of the user runs them. The default view shows the essentials; Format-List shows every property.'
        Outputs     = 'Oms.LinkStatus'
        Parameters  = @{ Name = 'Project names; wildcards are allowed.' }
        Examples    = @(@{ Code = 'Get-OmsLink forth | Format-List'; Text = 'Shows all that is known of a link.' })
    }
    'Wait-OmsLink'         = @{
        Synopsis    = 'Waits until links have got so far, all of them together.'
        Description = 'Collects the links that are named or piped in and waits for all jointly, with progress. Emits their statuses. A link that fails meanwhile ends the wait with its error. Ctrl-C ends the wait, not the links.'
        Outputs     = 'Oms.LinkStatus'
        Parameters  = @{
            Name       = 'Project names.'
            Until      = 'SchemaMigrated, FullMigrated, Synchronized (default: all that was committed at the source before the wait began is at the destination, and conflicts are settled) or Stopped.'
            TimeoutSec = 'Seconds after which the wait fails; without end when not given.'
        }
        Examples    = @(@{ Code = 'Get-OmsLink | Wait-OmsLink -Until Synchronized -TimeoutSec 60'; Text = 'Waits at most a minute until every link is synchronized.' })
    }
    'Suspend-OmsLink'      = @{
        Synopsis    = 'Suspends links, whichever process of the user runs them.'
        Description = 'Applying stops between two transactions and the state becomes Paused; the process or job runs on and its Store goes on pulling the source''s log, so that nothing is missing when the source removes it. Full migration and verification are suspended as well. Waits until it is so. Resume-OmsLink lets the link go on; Stop-OmsLink ends it.'
        Outputs     = 'None, or Oms.LinkStatus with -PassThru'
        Parameters  = @{ Name = 'Project names.'; PassThru = 'Emits the status of the suspended link.' }
        Examples    = @(@{ Code = 'Suspend-OmsLink forth; Resume-OmsLink forth | Wait-OmsLink'; Text = 'Suspends a link for some work at the destination, then lets it catch up.' })
    }
    'Resume-OmsLink'       = @{
        Synopsis    = 'Lets suspended links go on, whichever process of the user runs them.'
        Description = 'Applying goes on from where the destination stands. A link that is not suspended is left as it is; one whose process was stopped or has ended is started with Start-OmsLink. Emits the status once the link runs.'
        Outputs     = 'Oms.LinkStatus'
        Parameters  = @{ Name = 'Project names.' }
        Examples    = @(@{ Code = 'Get-OmsLink | Where-Object Suspended | Resume-OmsLink'; Text = 'Resumes every suspended link.' })
    }
    'Skip-OmsDdl'          = @{
        Synopsis    = 'Has links that stopped at a DDL statement pass over it.'
        Description = 'A link that synchronizes DDL stops before a statement that it can''t synchronize, or that the destination refuses, and shows it (StoppedDdl of Get-OmsLink). This records your decision to pass over exactly that statement, at exactly that position of the source''s log; Start-OmsLink then goes on behind it, with the tables'' structures read anew. If a table of the destination does not fit the rows that come, the link stops again and says what differs. The decision stays visible in SkippedDdl of Get-OmsLink. It asks before it records; -Confirm:$false answers yes.'
        Outputs     = 'None, or Oms.SkippedDdl with -PassThru'
        Parameters  = @{ Name = 'Project names.'; PassThru = 'Emits the record of the decision.' }
        Examples    = @(@{ Code = '(Get-OmsLink forth).StoppedDdl; Skip-OmsDdl forth; Start-OmsLink forth'; Text = 'Shows the statement at which the link has stopped, passes over it and goes on.' })
    }
    'Stop-OmsLink'         = @{
        Synopsis    = 'Stops links, whichever process of the user runs them.'
        Description = 'Asks the link to stop after the transaction in flight and waits until it has. Start-OmsLink resumes it.'
        Outputs     = 'None, or Oms.LinkStatus with -PassThru'
        Parameters  = @{ Name = 'Project names.'; PassThru = 'Emits the status of the stopped link.' }
        Examples    = @(@{ Code = 'Get-OmsLink | Where-Object State -eq Running | Stop-OmsLink'; Text = 'Stops every running link.' })
    }
    'Test-OmsConsistency'  = @{
        Synopsis    = 'Compares the tables of a project at its source and its destination.'
        Description = 'Compares by checksums and, where they differ, row by row; rows that differ are looked at again before they count, so that changes in flight are no false alarm. One result a table, as it is done.'
        Outputs     = 'Oms.TableConsistency'
        Parameters  = @{
            Name       = 'Project names.'
            Table      = 'Only these tables, as db.table.'
            IncludeRow = 'Reads the rows that differ, too: each difference that is named has SourceRow and DestinationRow, as JSON.'
        }
        Examples    = @(
            @{ Code = 'Test-OmsConsistency forth | Where-Object Consistent -eq $false | Select-Object -ExpandProperty Differences'; Text = 'Names the rows that differ.' }
            @{ Code = '(Test-OmsConsistency forth -Table shop.stock -IncludeRow).Differences[0].SourceRow | ConvertFrom-Json'; Text = 'Shows a differing row as the source has it.' }
        )
    }
    'Get-OmsConflict'      = @{
        Synopsis    = 'Lists the conflicts that links have recorded at their destinations.'
        Description = 'Newest first: table, key, kind, the three images of the row, the policy and what was done.'
        Outputs     = 'Oms.ConflictRecord'
        Parameters  = @{
            Name       = 'Project names.'
            Table      = 'Only conflicts of this table, as db.table or table; the wildcards * and ? are allowed; case-sensitive.'
            Kind       = 'Only conflicts of these kinds: DuplicateKey, UniqueKey, UpdateMissing, UpdateChanged, DeleteMissing, DeleteChanged, Reconciled.'
            Resolution = 'Only conflicts that ended so: Applied (the source''s version was written), Kept (the destination''s stays) or Resolved (with Resolve-OmsConflict).'
            Since      = 'Only conflicts detected at this time or later.'
            Until      = 'Only conflicts detected before this time.'
            Id         = 'Only conflicts of these numbers.'
            First      = 'At most so many a project; 1000 when not given.'
        }
        Examples    = @(@{ Code = 'Get-OmsProject | Get-OmsConflict | Group-Object Table, Kind, Resolution -NoElement'; Text = 'Counts the conflicts of all links.' })
    }
    'Resolve-OmsConflict'  = @{
        Synopsis    = 'Applies the losing version of recorded conflicts after all.'
        Description = 'Writes the version that lost, on the server that holds the record, as a user''s change that the links carry on, if the version that won is still there; else the row is shown and nothing is done. With LatestWins the row''s column is set one step after the winner''s. The record then says Resolved, when and by whom. Run it when the links are synchronized.'
        Outputs     = 'Oms.ConflictRecord'
        Parameters  = @{ InputObject = 'Conflicts as Get-OmsConflict emits them.' }
        Examples    = @(@{ Code = 'Get-OmsConflict forth -Table shop.orders -Resolution Kept -Since (Get-Date).AddHours(-1) | Resolve-OmsConflict'; Text = 'Applies what was rejected in the last hour, asking for each.' })
    }
}
