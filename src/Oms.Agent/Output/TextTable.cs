namespace Oms.Agent.Output;

/// <summary>Columns of fixed width, for rows that are printed as they come. A negative width aligns left.</summary>
internal sealed class TextTable(params (string Title, int Width)[] columns)
{
    public void WriteHeader()
    {
        Write([.. columns.Select(c => c.Title)]);
        Write([.. columns.Select(c => new string('-', Math.Max(c.Title.Length, Math.Min(Math.Abs(c.Width), 12))))]);
    }

    public void Write(params string[] cells) =>
        Console.WriteLine(
            string.Join(
                    "  ",
                    cells.Zip(columns, (cell, column) => column.Width < 0 ? cell.PadRight(-column.Width) : cell.PadLeft(column.Width))
                )
                .TrimEnd()
        );
}
