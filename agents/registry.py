"""Which module answers which request. Modules are named, not imported: a child loads only its own agent."""

from dataclasses import dataclass

from agents import types


@dataclass(frozen=True)
class AgentSpec:
    """``function(request, report) -> result`` in ``module``."""

    module: str
    function: str
    request: type
    result: type


AGENTS: dict[str, AgentSpec] = {
    "probe": AgentSpec("agents.media.probe", "run_probe", types.ProbeRequest, types.MediaInfo),
    "silence": AgentSpec("agents.silence_detector", "run", types.SilenceRequest, types.SilenceResult),
    "chunks": AgentSpec("agents.transcript_agent.chunks", "run", types.ChunkRequest, types.ChunkPlan),
    "parcels": AgentSpec("agents.transcript_agent.parcels", "run", types.ParcelRequest, types.Parcels),
    "transcript": AgentSpec("agents.transcript_agent", "run", types.TranscriptRequest, types.Transcript),
    "layout": AgentSpec("agents.layout_detector", "run", types.LayoutRequest, types.LayoutTimeline),
    "analysis": AgentSpec("agents.content_analyzer", "run", types.AnalysisRequest, types.Analysis),
    "extraction": AgentSpec("agents.segment_extractor", "run", types.ExtractionRequest, types.EditPlan),
    "compile": AgentSpec("agents.video_compiler.compiler", "run", types.CompileRequest, types.RenderedClip),
    "cuts": AgentSpec("agents.video_compiler.cut_list", "run", types.CutListRequest, types.CutList),
    "reel": AgentSpec("agents.video_compiler.reel", "run", types.ReelRequest, types.Reel),
}
