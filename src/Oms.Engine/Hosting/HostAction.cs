namespace Oms.Hosting;

/// <summary>What a person can be told to do with the host that runs the engine. Each host has words for each.</summary>
public enum HostAction
{
    /// <summary>Look at the links.</summary>
    ShowLinks,

    /// <summary>Start a link.</summary>
    StartLink,

    /// <summary>Start a link where no agent runs it.</summary>
    StartLinkInSession,

    /// <summary>Start a link that has paused before a conflict, with a version chosen. Argument: the project.</summary>
    ChooseVersion,

    /// <summary>Start a link and move it, by GTID, to the server that its source leads to by now. Argument: the project.</summary>
    MoveSource,

    /// <summary>Stop a link. Argument: the project, if it is known.</summary>
    StopLink,

    /// <summary>Let a suspended link go on.</summary>
    ResumeLink,

    /// <summary>Wait until a link has migrated the schema. Argument: the project.</summary>
    WaitForSchema,

    /// <summary>The time limit of a wait.</summary>
    WaitLimit,

    /// <summary>Let a link pass over the DDL statement before which it stands.</summary>
    SkipDdl,

    /// <summary>Look at the conflicts.</summary>
    ShowConflicts,

    /// <summary>Look at the conflicts by unique keys. Argument: the project.</summary>
    ShowClashes,

    /// <summary>Run the precheck.</summary>
    Precheck,

    /// <summary>List the data sources: a whole sentence, without its stop.</summary>
    ListDataSources,

    /// <summary>Change how a data source is reached. Arguments: the data source and the property, if they are known, and the property's
    /// value.</summary>
    ChangeDataSource,

    /// <summary>Another property of the data source to be changed. Arguments: the property, and its value if it has to be that.</summary>
    DataSourceOption,

    /// <summary>Give a data source its password. Arguments: the data source and its user, if they are known.</summary>
    GivePassword,

    /// <summary>List the projects: a whole sentence, without its stop.</summary>
    ListProjects,

    /// <summary>Remove a project. Argument: the project.</summary>
    RemoveProject,

    /// <summary>A property of a project. Arguments: the property, and its value if there is one to name.</summary>
    ProjectOption,

    /// <summary>An entry of a property of a project that maps names. Arguments: the property, from, to.</summary>
    ProjectMapping,

    /// <summary>Have an agent run a project file.</summary>
    RunProjectFile,
}
