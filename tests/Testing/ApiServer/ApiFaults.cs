using System.Net;

namespace Berth.Testing.ApiServer;

/// <summary>Trouble that a fake API server makes on request. Safe to use while it serves.</summary>
public sealed class ApiFaults
{
    private readonly Lock _lock = new();
    private readonly List<Fault> _faults = [];

    /// <summary>While true, open and new watches stay open and say nothing; what happens meanwhile is never said on them.</summary>
    public bool SilentWatches { get; set; }

    /// <summary>True answers an expired version with HTTP 410 instead of an ERROR event in a stream of HTTP 200.</summary>
    public bool ExpireByHttpStatus { get; set; }

    /// <summary>Refuses the next requests that match.</summary>
    public void Fail(Func<ApiRequest, bool> match, HttpStatusCode code, int times = int.MaxValue, TimeSpan? retryAfter = null) =>
        Add(new Fault(match) { Code = code, Times = times, RetryAfter = retryAfter });

    /// <summary>Breaks the connection of the next requests that match, without an answer.</summary>
    public void Cut(Func<ApiRequest, bool> match, int times = int.MaxValue) => Add(new Fault(match) { Cuts = true, Times = times });

    /// <summary>Lets the next requests that match wait before they are carried out.</summary>
    public void Delay(Func<ApiRequest, bool> match, TimeSpan delay, int times = int.MaxValue) => Add(new Fault(match) { Delay = delay, Times = times });

    /// <summary>Carries out the next matching requests and breaks the connection instead of answering: the caller cannot know.</summary>
    public void LoseAnswer(Func<ApiRequest, bool> match, int times = 1) => Add(new Fault(match) { LosesAnswer = true, Times = times });

    /// <summary>Ends all trouble.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
            SilentWatches = false;
        }
    }

    internal Fault? Take(ApiRequest request)
    {
        lock (_lock)
        {
            if (_faults.Find(fault => fault.Match(request)) is not { } fault)
            {
                return null;
            }

            if (--fault.Times <= 0)
            {
                _faults.Remove(fault);
            }

            return fault;
        }
    }

    private void Add(Fault fault)
    {
        lock (_lock)
        {
            _faults.Add(fault);
        }
    }

    internal sealed class Fault(Func<ApiRequest, bool> match)
    {
        public Func<ApiRequest, bool> Match { get; } = match;

        public int Times { get; set; }

        public HttpStatusCode? Code { get; init; }

        public TimeSpan? RetryAfter { get; init; }

        public TimeSpan Delay { get; init; }

        public bool Cuts { get; init; }

        public bool LosesAnswer { get; init; }
    }
}
