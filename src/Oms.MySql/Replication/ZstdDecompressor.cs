using System.Runtime.InteropServices;

namespace Oms.MySql.Replication;

/// <summary>zstd's streaming decompression by the system's library (https://facebook.github.io/zstd/zstd_manual.html); the platform has
/// none of its own.</summary>
internal sealed unsafe class ZstdDecompressor : IDisposable
{
    private static readonly string[] s_names = ["libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", "zstd.dll"];
    private static readonly Functions? s_functions = Functions.Load();

    private readonly ContextHandle _context;

    /// <exception cref="BinlogFormatException">The system has no libzstd.</exception>
    public ZstdDecompressor()
    {
        if (s_functions is null)
            throw new BinlogFormatException(
                "The event is compressed with zstd, and this system has no libzstd; install it (Debian: libzstd1), or set binlog_transaction_compression=OFF at the source."
            );
        _context = new ContextHandle(s_functions);
    }

    /// <summary>Whether the system has the library.</summary>
    public static bool IsAvailable => s_functions is not null;

    /// <summary>Decompresses from <paramref name="input"/> what fits into <paramref name="output"/>; returns how much of both was
    /// used.</summary>
    /// <exception cref="BinlogFormatException">The data is damaged.</exception>
    public (int Consumed, int Produced) Decompress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new Buffer { Start = from, Size = (nuint)input.Length };
            var target = new Buffer { Start = to, Size = (nuint)output.Length };
            var result = s_functions!.DecompressStream(_context.DangerousGetHandle(), &target, &source);
            if (s_functions.IsError(result) != 0)
                throw new BinlogFormatException($"zstd data is damaged: {Marshal.PtrToStringUTF8(s_functions.ErrorName(result))}.");
            return ((int)source.Position, (int)target.Position);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    // ZSTD_inBuffer and ZSTD_outBuffer.
    private struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    private sealed class ContextHandle : SafeHandle
    {
        private readonly Functions _functions;

        public ContextHandle(Functions functions)
            : base(0, ownsHandle: true)
        {
            _functions = functions;
            SetHandle(functions.CreateContext());
            if (IsInvalid)
                throw new InsufficientMemoryException("zstd has no memory for a decompression context.");
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            _functions.FreeContext(handle);
            return true;
        }
    }

    private sealed class Functions
    {
        private readonly delegate* unmanaged[Cdecl]<nint> _create;
        private readonly delegate* unmanaged[Cdecl]<nint, nuint> _free;
        private readonly delegate* unmanaged[Cdecl]<nint, Buffer*, Buffer*, nuint> _decompress;
        private readonly delegate* unmanaged[Cdecl]<nuint, uint> _isError;
        private readonly delegate* unmanaged[Cdecl]<nuint, nint> _errorName;

        private Functions(nint library)
        {
            _create = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, "ZSTD_createDCtx");
            _free = (delegate* unmanaged[Cdecl]<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeDCtx");
            _decompress = (delegate* unmanaged[Cdecl]<nint, Buffer*, Buffer*, nuint>)
                NativeLibrary.GetExport(library, "ZSTD_decompressStream");
            _isError = (delegate* unmanaged[Cdecl]<nuint, uint>)NativeLibrary.GetExport(library, "ZSTD_isError");
            _errorName = (delegate* unmanaged[Cdecl]<nuint, nint>)NativeLibrary.GetExport(library, "ZSTD_getErrorName");
        }

        public static Functions? Load()
        {
            foreach (var name in s_names)
            {
                if (NativeLibrary.TryLoad(name, typeof(ZstdDecompressor).Assembly, null, out var library))
                    return new Functions(library);
            }
            return null;
        }

        public nint CreateContext() => _create();

        public void FreeContext(nint context) => _free(context);

        public nuint DecompressStream(nint context, Buffer* output, Buffer* input) => _decompress(context, output, input);

        public uint IsError(nuint result) => _isError(result);

        public nint ErrorName(nuint result) => _errorName(result);
    }
}
